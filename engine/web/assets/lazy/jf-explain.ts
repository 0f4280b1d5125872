/** <jf-explain url><button>: pointing at a computed value, or pressing it, shows how it came about. */
import { el } from "../base/dom";
import { get } from "../base/http";
import { t } from "../base/language";
import { popover } from "../base/popover";
import { valued, worked } from "../formula/working";
import type { Piece, Step } from "../formula/working";

interface Told { title: string; value: string; error: string | null; sentence: string | null; pieces: Piece[]; steps: Step[] }

const LINGERS = 350;

class Explain extends HTMLElement {
  #timer = 0;
  #shown: { box: HTMLElement; close: () => void } | null = null;
  #told: Promise<Told> | null = null;

  connectedCallback(): void {
    this.addEventListener("click", () => void this.#show(true));
    this.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") this.#timer = window.setTimeout(() => void this.#show(false), LINGERS);
    });
    this.addEventListener("pointerleave", () => {
      clearTimeout(this.#timer);
      if (this.#shown && !this.#shown.box.matches(":hover, [data-kept]")) this.#shown.close();
    });
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.#shown?.close();
  }

  async #show(kept: boolean): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#shown) {
      if (kept) this.#shown.box.dataset.kept = "";
      return;
    }
    const title = t("计算过程", "How this came about");
    const shown = popover(this, title, [el("div", { class: "skeletons" }, el("span", { class: "skeleton" }), el("span", { class: "skeleton" }))], { wide: true, closed: () => (this.#shown = null) });
    this.#shown = shown;
    shown.box.classList.add("explanation");
    if (kept) shown.box.dataset.kept = "";
    shown.box.addEventListener("pointerleave", () => shown.box.dataset.kept === undefined && shown.close());
    try {
      this.#told ??= get<Told>(this.getAttribute("url")!);
      shown.box.replaceChildren(...draw(await this.#told));
    } catch (reason) {
      this.#told = null;
      shown.box.replaceChildren(el("p", { role: "alert" }, (reason as Error).message));
    }
  }
}

function draw({ title, value, error, sentence, pieces, steps }: Told): HTMLElement[] {
  const head = el("div", { class: "row apart" }, el("b", {}, title), el("b", { class: "num" }, value));
  if (sentence) return [head, el("p", { class: "second" }, sentence)];
  return [head, ...(error ? [el("p", { class: "danger" }, error)] : []), ...valued(pieces, "= "), ...worked(steps)];
}

customElements.define("jf-explain", Explain);
