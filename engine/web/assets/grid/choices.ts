/** A list under the cell to choose options, members, departments or linked records from, filtered by what is typed. */
import { el, icon } from "../base/dom";
import { get } from "../base/http";
import { t } from "../base/language";
import { avatar } from "../base/person";
import { MANY } from "./contract";
import type { Cell, Choice, Column, Option } from "./contract";
import type { Assistant, Chosen } from "./assistant";

const PAUSE = 120;

export class Choices implements Assistant {
  readonly box: HTMLElement;
  #choices: Choice[] = [];
  #at = -1;
  #query = "";
  /** Whether the list is what was found for the text that stands there now. */
  #fresh = false;
  #timer = 0;
  #asking: AbortController | null = null;
  #chosen = new Map<string, Choice>();
  #touched = false;
  /** The options that the record allows, once they are known. */
  #offered: Option[] | null = null;
  readonly #many: boolean;

  /** `record` is whose cell it is; it is asked about only once `settled`, when its other cells are stored. */
  constructor(readonly column: Column, readonly cell: Cell | undefined, readonly url: string, readonly record: number, readonly settled: Promise<unknown>, readonly done: () => void) {
    this.#many = MANY.has(column.type) || Boolean(column.multiple);
    if (this.#many) for (const one of current(cell)) this.#chosen.set(String(one.value), one);
    this.box = el("div", { class: "menu choices", role: "listbox", "aria-label": column.label, "aria-multiselectable": this.#many });
    this.box.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const item = (event.target as Element).closest<HTMLElement>("[data-at]");
      if (item) this.#choose(Number(item.dataset.at));
      if ((event.target as Element).closest("[data-done]")) this.done();
    });
    void this.#load("");
  }

  query(text: string): void {
    this.#query = text.trim();
    this.#fresh = false;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#load(this.#query), this.#known ? 0 : PAUSE);
  }

  key(event: KeyboardEvent): boolean {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.#mark(this.#at + (event.key === "ArrowDown" ? 1 : -1));
      return true;
    }
    if (event.key === "Enter" && this.#many && !event.ctrlKey && this.#at >= 0) {
      this.#choose(this.#at);
      return true;
    }
    return false;
  }

  result(text: string): Chosen | undefined | null {
    if (this.#many) {
      if (!this.#touched) return text.trim() ? undefined : null;
      const chosen = [...this.#chosen.values()];
      return { raw: chosen.map((one) => one.value), shown: { t: chosen.map((one) => one.label).join("、"), items: chosen.map((one) => ({ t: one.label, color: one.color })) } };
    }
    const choice = this.#fresh && this.#at >= 0 ? this.#choices[this.#at] : this.#choices.find((one) => one.label === text.trim());
    if (choice && choice.label === this.cell?.t) return null;
    if (choice) return { raw: choice.value, shown: { t: choice.label, color: choice.color } };
    return text.trim() ? undefined : null;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.box.remove();
  }

  /** The options to choose from, where nobody has to be asked. */
  get #known(): Option[] | null {
    return this.#offered ?? (this.column.by_record ? null : this.column.options ?? null);
  }

  async #load(text: string): Promise<void> {
    if (this.#known) return this.#narrow(this.#known, text);
    const { options, by_record: byRecord } = this.column;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const url = new URL(this.url, location.href);
    url.searchParams.set("field", this.column.key);
    url.searchParams.set("q", text);
    if (byRecord) url.searchParams.set("record", String(this.record));
    try {
      if (byRecord) await this.settled;
      if (asking.signal.aborted) return;
      const { choices } = await get<{ choices: Choice[] }>(url.href, asking.signal);
      if (options) {
        this.#offered = choices as Option[];
        return this.#narrow(this.#offered, this.#query); /* more may have been typed meanwhile */
      }
      if (text !== this.#query) return; /* what was found for it is on its way */
      this.#choices = choices;
      this.#draw();
    } catch (reason) {
      if (!asking.signal.aborted) this.box.replaceChildren(el("p", { class: "menu-title", role: "alert" }, (reason as Error).message));
    }
  }

  #narrow(options: Option[], text: string): void {
    const wanted = text.toLowerCase();
    this.#choices = options.filter((option) => option.label.toLowerCase().includes(wanted) || option.value.toLowerCase().includes(wanted));
    if (this.column.others && text && !options.some((option) => option.label.toLowerCase() === wanted)) this.#choices.push({ value: text, label: text, hint: t("不在选项里", "no option") });
    this.#draw();
  }

  #draw(): void {
    this.#fresh = true;
    const people = /member|owner/.test(this.column.type);
    const items = this.#choices.map((choice, at) => {
      const checked = this.#many ? this.#chosen.has(String(choice.value)) : choice.label === this.cell?.t;
      return el("div", { class: "menu-item", role: "option", "data-at": at, "aria-selected": String(checked) },
        people && avatar(choice.label),
        choice.color ? el("span", { class: "badge", "data-color": choice.color }, choice.label) : el("span", { class: "truncate" }, choice.label),
        choice.hint && el("span", { class: "second caption truncate" }, choice.hint), checked && icon("check"));
    });
    const none = !items.length && el("p", { class: "menu-title" }, t("没有匹配的选项", "Nothing matches"));
    const done = this.#many && el("div", { class: "choices-foot" }, el("span", { class: "second caption" }, t("已选 {n} 项", "{n} chosen", { n: this.#chosen.size })),
      el("button", { type: "button", class: "btn btn-small", "data-done": true, tabindex: -1 }, t("完成", "Done")));
    this.box.replaceChildren(...items, ...[none, done].filter((one) => one instanceof HTMLElement));
    const same = this.#choices.findIndex((choice) => choice.label === this.cell?.t);
    this.#mark(this.#query ? 0 : this.#many ? this.#at : same);
  }

  #choose(at: number): void {
    const choice = this.#choices[at];
    if (!choice) return;
    this.#at = at;
    if (!this.#many) return this.done();
    this.#touched = true;
    if (!this.#chosen.delete(String(choice.value))) this.#chosen.set(String(choice.value), choice);
    this.#draw();
  }

  #mark(at: number): void {
    const count = this.#choices.length;
    this.#at = count ? Math.max(-1, Math.min(at, count - 1)) : -1;
    this.box.querySelectorAll<HTMLElement>("[data-at]").forEach((item, index) => {
      item.classList.toggle("active", index === this.#at);
      if (index === this.#at) item.scrollIntoView({ block: "nearest" });
    });
  }
}

function current(cell: Cell | undefined): Choice[] {
  if (!Array.isArray(cell?.v)) return [];
  return cell.v.map((one, index) => {
    const label = cell.items?.[index]?.t;
    if (typeof one === "object" && one) return { value: (one as { id: number }).id, label: label ?? (one as { title: string }).title };
    return { value: one as string, label: label ?? String(one) };
  });
}
