/** <jf-walk base record hidden>: previous and next of the list one came from, by press or by K and J. */
import { el, icon } from "../base/dom";
import { count, t } from "../base/language";
import { further, walkOf } from "../base/walk";
import type { Walk as Kept } from "../base/walk";

class Walk extends HTMLElement {
  async connectedCallback(): Promise<void> {
    const base = this.getAttribute("base")!;
    const record = Number(this.getAttribute("record"));
    let walk = walkOf(base);
    if (!walk?.ids.includes(record)) return;
    this.#draw(base, record, walk);
    /* The list had only these loaded: the record beyond them is asked for while one reads. */
    const ids = walk.ids.length;
    if (walk.ids[0] === record) walk = await further(base, walk, -1).catch(() => walk!);
    if (walk.ids.at(-1) === record) walk = await further(base, walk, 1).catch(() => walk!);
    if (walk.ids.length !== ids) this.#draw(base, record, walk);
  }

  #draw(base: string, record: number, walk: Kept): void {
    const at = walk.ids.indexOf(record);
    const step = (by: number, letter: string, label: string, picture: string): HTMLElement | false => {
      const id = walk.ids[at + by];
      return id !== undefined && el("a", { class: "btn btn-quiet btn-small", href: `${base}/${id}`, "data-key": letter, "aria-label": label, title: label }, icon(picture), el("kbd", {}, letter.toUpperCase()));
    };
    this.replaceChildren(el("span", { class: "second" }, `${count(walk.first + at + 1)} / ${count(walk.total)}`),
      step(-1, "k", t("上一条", "Previous"), "chevron-up") || "", step(1, "j", t("下一条", "Next"), "chevron-down") || "");
    this.hidden = false;
    const back = document.querySelector<HTMLAnchorElement>(".record-head > a[href]");
    if (back && walk.from.startsWith(base)) back.href = walk.from;
  }
}

customElements.define("jf-walk", Walk);
