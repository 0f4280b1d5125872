/** <jf-filter config-url>: the conditions as chips in plain words, and sort, columns and saving the view beside them. */
import { el, icon } from "../base/dom";
import { post } from "../base/http";
import { t } from "../base/language";
import { popover } from "../base/popover";
import { toast } from "../elements/toast";
import { isLeaf, parts, together } from "../filter/conditions";
import { editColumns } from "../filter/columns-editor";
import { editGroup } from "../filter/group-editor";
import { editGroupBy } from "../filter/group-by-editor";
import { addCondition, editCondition } from "../filter/leaf-editor";
import { editSort } from "../filter/sort-editor";
import { learn, words } from "../filter/words";
import { define } from "../lazy";
import type { Where } from "../grid/contract";
import { View } from "../grid/view";

const PAUSE = 250;

class Filter extends HTMLElement {
  #view!: View;

  async connectedCallback(): Promise<void> {
    if (this.#view) return;
    try {
      this.#view = await View.at(this.getAttribute("config-url")!);
    } catch {
      return; /* the list beside it says what is wrong */
    }
    for (const part of ["where", "sort", "columns", "groups", "colors", "height", "summary"]) this.#view.addEventListener(part, () => this.#draw());
    this.#draw();
    if (await learn(this.#view, this.#view.state.where)) this.#draw();
  }

  #set(all: Where[]): void {
    this.#view.set({ where: together(all) });
  }

  #draw(): void {
    const all = parts(this.#view.state.where);
    const add = el("button", { type: "button", class: "btn btn-quiet btn-small" }, icon("plus"), t("条件", "Filter"));
    add.addEventListener("click", () => addCondition(add, this.#view, (part) => this.#set([...all, part]), () => editGroup(this.#view, null, (where) => where && this.#set([...all, where]))));
    this.classList.add("filter-bar");
    this.replaceChildren(
      el("div", { class: "chips" }, ...all.map((part, index) => this.#chip(part, index, all)), add),
      el("div", { class: "row filter-end" }, ...this.#saving(), ...(this.hasAttribute("search") ? [this.#search()] : []), ...(this.hasAttribute("without-sort") ? [] : [this.#sort()]), ...(this.hasAttribute("without-columns") ? [] : [this.#groups(), this.#columns()])));
    define(this);
  }

  #chip(part: Where, index: number, all: Where[]): HTMLElement {
    const { field, text } = words(this.#view, part);
    const change = (next: Where | null): void => this.#set(next ? all.map((one, at) => (at === index ? next : one)) : all.filter((_, at) => at !== index));
    const body = el("button", { type: "button", class: "chip-body", "aria-label": t("修改条件：{text}", "Change: {text}", { text: `${field} ${text}` }) }, index === 0 && icon("filter"), ...(field ? [`${field} `, el("b", {}, text)] : [el("span", { class: "chip-words" }, text)]));
    body.addEventListener("click", () => (isLeaf(part) ? editCondition(body, this.#view, part, change) : editGroup(this.#view, part, change)));
    return el("span", { class: "chip" }, body, el("button", { type: "button", class: "chip-close", "aria-label": t("移除条件：{text}", "Remove: {text}", { text: `${field} ${text}` }), onclick: () => change(null) }, icon("x")));
  }

  #sort(): HTMLElement {
    const [first, ...more] = this.#view.state.sort;
    const label = first ? this.#view.column(first.field)?.label ?? first.field : t("排序", "Sort");
    const button = el("button", { type: "button", class: "btn btn-quiet btn-small" }, icon("arrows-sort"), label,
      first && icon(first.desc ? "arrow-down" : "arrow-up", "small"), more.length > 0 && ` +${more.length}`);
    button.addEventListener("click", () => editSort(button, this.#view));
    return button;
  }

  #groups(): HTMLElement {
    const [first, ...more] = this.#view.state.groups;
    const label = first ? this.#view.column(first.field)?.label ?? first.field : t("分组", "Group");
    const button = el("button", { type: "button", class: first ? "btn btn-quiet btn-small only-desk in-use" : "btn btn-quiet btn-small only-desk" }, icon("layout-rows"), label, more.length > 0 && ` +${more.length}`);
    button.addEventListener("click", () => editGroupBy(button, this.#view));
    return button;
  }

  #columns(): HTMLElement {
    const button = el("button", { type: "button", class: "btn btn-quiet btn-small only-desk" }, icon("columns-3"), t("列", "Columns"));
    button.addEventListener("click", () => editColumns(button, this.#view));
    return button;
  }

  #search(): HTMLElement {
    const input = el("input", { class: "input", type: "search", placeholder: t("在列表中搜索", "Search this list"), "aria-label": t("在列表中搜索", "Search this list"), value: this.#view.state.search });
    let timer = 0;
    const later = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.#view.set({ search: input.value.trim() }), PAUSE);
    };
    input.addEventListener("input", (event) => !(event as InputEvent).isComposing && later());
    input.addEventListener("compositionend", later);
    return el("div", { class: "with-icon search-here" }, icon("search"), input);
  }

  /** A changed view can be kept: as one's own, or, with the right, for all. */
  #saving(): HTMLElement[] {
    const { config } = this.#view;
    if (!this.#view.changed || !config.urls.views) return [];
    const own = el("button", { type: "button", class: "btn btn-small" }, t("另存为我的视图", "Save as my view"));
    own.addEventListener("click", () => this.#saveAs(own));
    const reset = el("button", { type: "button", class: "btn btn-quiet btn-small", onclick: () => this.#view.reset() }, t("还原", "Reset"));
    const update = config.can.update_view && el("button", { type: "button", class: "btn btn-small", onclick: () => void this.#save({ update: true }) }, t("更新视图", "Update view"));
    return [reset, ...(update ? [update] : []), own];
  }

  #saveAs(anchor: Element): void {
    const name = el("input", { class: "input", required: true, maxlength: 60, "aria-label": t("视图名称", "View name"), placeholder: t("视图名称", "View name") });
    const form = el("form", { class: "stack" }, name, el("div", { class: "row end" }, el("button", { type: "submit", class: "btn btn-primary btn-small" }, t("保存", "Save"))));
    const shown = popover(anchor, t("另存为我的视图", "Save as my view"), [form]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      shown.close();
      void this.#save({ name: name.value.trim() });
    });
  }

  async #save(how: { name?: string; update?: boolean }): Promise<void> {
    const { search: _, ...state } = this.#view.state;
    try {
      const saved = await post<{ url?: string }>(this.#view.config.urls.views!, { ...how, ...state });
      this.#view.saved();
      toast(t("视图已保存", "View saved"));
      if (saved?.url) location.assign(saved.url);
      else this.#draw();
    } catch (reason) {
      toast({ bad: true, text: (reason as Error).message });
    }
  }
}

customElements.define("jf-filter", Filter);
