/** <jf-mention url><textarea>: @ offers colleagues; those whose name stays in the text are sent along as `mention`. */
import { el } from "../base/dom";
import { get } from "../base/http";
import { t } from "../base/language";
import { person } from "../base/person";
import { popover } from "../base/popover";

interface Choice { value: number; label: string; hint?: string }

const PAUSE = 120;
const MOST = 8;

class Mention extends HTMLElement {
  #named = new Map<string, number>();
  #timer = 0;
  #shown: { box: HTMLElement; close: () => void } | null = null;

  connectedCallback(): void {
    const { area } = this;
    if (!area) return;
    area.addEventListener("input", (event) => {
      this.#grow();
      if (!(event as InputEvent).isComposing) this.#later();
    });
    area.addEventListener("compositionend", () => this.#later());
    area.addEventListener("keydown", (event) => this.#key(event));
    area.addEventListener("blur", () => window.setTimeout(() => this.#shown?.close(), PAUSE));
    area.form?.addEventListener("submit", () => this.#send(), true);
  }

  get area(): HTMLTextAreaElement | null {
    return this.querySelector("textarea");
  }

  /** The text after the last @ before the caret; null where nobody is being named. */
  get #asked(): string | null {
    const before = this.area!.value.slice(0, this.area!.selectionStart);
    return /(?:^|[\s，。、（(])@([^\s@]{0,20})$/.exec(before)?.[1] ?? null;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#offer(), PAUSE);
  }

  async #offer(): Promise<void> {
    const said = this.#asked;
    if (said === null) return this.#shown?.close();
    const url = new URL(this.getAttribute("url")!, location.href);
    url.searchParams.set("q", said);
    const { choices } = await get<{ choices: Choice[] }>(url.href).catch(() => ({ choices: [] as Choice[] }));
    if (this.#asked !== said) return;
    this.#shown?.close();
    if (!choices.length) return;
    const options = choices.slice(0, MOST).map((one, at) => {
      const option = el("div", { class: at ? "menu-item" : "menu-item active", role: "option", "aria-selected": !at ? "true" : "false" }, person(one.label), one.hint && el("span", { class: "caption second" }, one.hint));
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.#put(one);
      });
      option.dataset.value = String(one.value);
      option.dataset.label = one.label;
      return option;
    });
    this.#shown = popover(this, t("提醒谁", "Whom to mention"), options, { menu: true, closed: () => (this.#shown = null) });
    this.#shown.box.setAttribute("role", "listbox");
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    const options = this.#shown ? [...this.#shown.box.querySelectorAll<HTMLElement>("[role=option]")] : [];
    const at = options.findIndex((one) => one.classList.contains("active"));
    if (options.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const next = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      options.forEach((one, index) => {
        one.classList.toggle("active", index === next);
        one.setAttribute("aria-selected", String(index === next));
      });
    } else if (options.length && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      const { value, label } = options[at].dataset;
      this.#put({ value: Number(value), label: label! });
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (this.area!.value.trim()) this.area!.form?.requestSubmit();
    }
  }

  #put({ value, label }: Choice): void {
    const area = this.area!;
    const caret = area.selectionStart;
    const from = caret - (this.#asked?.length ?? 0);
    area.setRangeText(`${label} `, from, caret, "end");
    this.#named.set(label, value);
    this.#shown?.close();
    area.focus();
  }

  #send(): void {
    this.querySelectorAll('input[name="mention"]').forEach((one) => one.remove());
    const text = this.area!.value;
    for (const [label, value] of this.#named) if (text.includes(`@${label}`)) this.append(el("input", { type: "hidden", name: "mention", value }));
  }

  #grow(): void {
    const area = this.area!;
    area.rows = Math.min(6, Math.max(1, area.value.split("\n").length));
  }
}

customElements.define("jf-mention", Mention);
