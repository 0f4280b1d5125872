/** All functions with what they do and examples, searchable; a press puts one in. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { functionFits } from "./names";
import type { FunctionName, Names } from "./names";

export class Reference {
  readonly node = el("section", { class: "formula-reference", hidden: true, "aria-label": t("函数参考", "Function reference") });
  #list = el("div", { class: "formula-functions", tabindex: "-1" });
  #search = el("input", { class: "input", type: "search", placeholder: t("找函数，如 四舍五入、IF", "Find a function, such as round or IF"), "aria-label": t("找函数", "Find a function") });
  #category = "";
  #chips = el("div", { class: "chips" });
  #drawn = false;

  constructor(readonly names: Names, readonly insert: (one: FunctionName) => void) {
    this.#search.addEventListener("input", () => this.#fill());
    this.#search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        this.#list.querySelector("button")?.click();
      }
    });
    this.node.append(el("div", { class: "with-icon" }, icon("search"), this.#search), this.#chips, this.#list);
  }

  get open(): boolean {
    return !this.node.hidden;
  }

  async toggle(): Promise<void> {
    this.node.hidden = !this.node.hidden;
    if (!this.open) return;
    await this.names.load().catch(() => undefined);
    if (!this.#drawn) this.#categories();
    this.#drawn = true;
    this.#fill();
    this.#search.focus();
  }

  #categories(): void {
    const all = new Map([...this.names.byFunction.values()].map((one) => [one.category, one.category_label]));
    const chips = [["", t("全部", "All")] as const, ...all].map(([key, label]) => {
      const chip = el("button", { type: "button", class: "chip", "aria-pressed": String(key === this.#category) }, label);
      chip.addEventListener("click", () => {
        this.#category = key;
        for (const one of chips) one.setAttribute("aria-pressed", String(one === chip));
        for (const one of chips) one.classList.toggle("active", one === chip);
        this.#fill();
      });
      chip.classList.toggle("active", key === this.#category);
      return chip;
    });
    this.#chips.replaceChildren(...chips);
  }

  #fill(): void {
    const typed = this.#search.value.trim();
    const found = [...this.names.byFunction.values()]
      .filter((one) => !this.#category || one.category === this.#category)
      .map((one) => ({ one, score: functionFits(one, typed) }))
      .filter(({ score }) => score >= 0)
      .sort((a, b) => a.score - b.score || (typed ? a.one.name.length - b.one.name.length : 0) || a.one.name.localeCompare(b.one.name));
    this.#list.replaceChildren(...found.map(({ one }) => this.#line(one)));
    if (!found.length) this.#list.replaceChildren(el("p", { class: "second" }, t("没有这样的函数", "There is no such function")));
  }

  #line(one: FunctionName): HTMLElement {
    return el("article", { class: "formula-function" },
      el("div", { class: "row apart" }, el("code", {}, one.signature),
        el("button", { type: "button", class: "btn btn-quiet btn-small", "aria-label": t("插入 {name}", "Insert {name}", { name: one.name }), onclick: () => this.insert(one) }, icon("plus"), t("插入", "Insert"))),
      el("p", {}, one.summary),
      ...one.examples.slice(0, 3).map(([formula, value]) => el("p", { class: "second" }, el("code", {}, formula), " → ", el("code", {}, value))),
      one.volatile && el("p", { class: "caption" }, t("结果会随日期、时间或当前用户变化，每次打开时现算。", "It changes with the day, the clock or the person, so it is worked out at each look.")));
  }
}
