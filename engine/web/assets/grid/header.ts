/** Column heads: a button that opens the column's menu, with its sort and filter shown. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import { about, withField } from "../filter/conditions";
import type { Column } from "./contract";
import { DATES, NUMBERS } from "./contract";
import type { Grid } from "./csp";
import { ADD, NUMBER } from "./columns";
import { rangeFilter } from "./range-filter";
import { valueFilter } from "./value-filter";
import { chooseSummary, summaryWord } from "./summaries";
import type { Ticks } from "./ticks";
import type { View } from "./view";

const MOST_LEVELS = 3;

export class Header {
  constructor(readonly grid: Grid, readonly view: View, readonly ticks: Ticks, readonly tickPage: () => void, readonly done: () => void, readonly add: (anchor: Element) => void) {
    grid.onHeaderCellRendered.subscribe((_event, { node, column }) => this.#draw(node, String(column.id)));
    grid.onHeaderClick.subscribe((event, { column }) => {
      const head = event.getNativeEvent<MouseEvent>().target as Element;
      if (column?.id === ADD) return void (head.closest(".head-add") && this.add(head.closest(".head-add")!));
      if (column && column.id !== NUMBER && head.closest(".head")) this.menu(String(column.id));
    });
    grid.getContainerNode().addEventListener("focusin", ({ target }) => {
      const heads = (target as Element).closest(".slick-header");
      if (heads) requestAnimationFrame(() => this.#alignRows(heads));
    });
  }

  /** A head that got the focus is scrolled into sight by the browser, the heads alone: the rows follow. */
  #alignRows(heads: Element): void {
    const side = heads.classList.contains("slick-header-right") ? "right" : "left";
    const rows = this.grid.getContainerNode().querySelector(`.slick-viewport-top.slick-viewport-${side}`);
    if (!rows || heads.scrollLeft === rows.scrollLeft) return;
    rows.scrollLeft = heads.scrollLeft;
    heads.scrollLeft = rows.scrollLeft; // heads can be scrolled further than rows
  }

  /** Draw all heads again: sort, filter or ticks have changed. */
  redraw(): void {
    for (const column of this.grid.getColumns()) {
      const node = this.grid.getHeaderColumn(column.id);
      if (node) this.#draw(node, String(column.id));
    }
  }

  #draw(node: HTMLElement, key: string): void {
    node.setAttribute("role", "columnheader");
    const box = node.querySelector(".slick-column-name") ?? node;
    if (key === NUMBER) return box.replaceChildren(this.#tickAll());
    if (key === ADD) return box.replaceChildren(el("button", { type: "button", class: "head-add", "aria-haspopup": "dialog", "aria-label": t("添加字段", "Add a field"), title: t("添加字段", "Add a field") }, icon("plus", "small")));
    const column = this.view.column(key);
    if (!column) return;
    const { sort, where } = this.view.state;
    const sorted = sort.find((one) => one.field === key);
    node.setAttribute("aria-sort", sorted ? (sorted.desc ? "descending" : "ascending") : "none");
    const filtered = about(where, key);
    box.replaceChildren(el("button", { type: "button", class: filtered ? "head filtered" : "head", tabindex: -1, "aria-haspopup": "dialog", title: column.label },
      el("span", { class: "head-name" }, column.unit ? t("{name}（{unit}）", "{name} ({unit})", { name: column.label, unit: column.unit }) : column.label),
      sorted && icon(sorted.desc ? "arrow-down" : "arrow-up", "head-sign"), filtered && icon("filter", "head-sign"), icon("chevron-down", "head-open")));
  }

  #tickAll(): HTMLElement {
    const some = this.ticks.count > 0;
    const all = this.ticks.all || (some && this.ticks.count >= this.ticks.total());
    const box = el("input", { type: "checkbox", class: "tick", tabindex: -1, "aria-label": t("全选", "Select all"), checked: all, indeterminate: some && !all });
    box.addEventListener("click", () => (some ? this.ticks.clear() : this.tickPage()));
    return box;
  }

  /** The menu of a column: sort, filter as Excel does, freeze, hide. */
  menu(key: string): void {
    const column = this.view.column(key);
    const node = this.grid.getHeaderColumn(key);
    if (!column || !node) return;
    let close = (): void => undefined;
    const act = (picture: string, text: string, run: () => void): HTMLElement =>
      el("button", { type: "button", class: "menu-item", onclick: () => { close(); run(); } }, icon(picture), text);
    const [up, down] = words(column);
    const index = this.view.state.columns.findIndex((one) => one.key === key);
    const content = [
      ...(column.sortable ? [act("sort-ascending", up, () => this.#sort(key, false)), act("sort-descending", down, () => this.#sort(key, true))] : []),
      ...(this.view.state.sort.some((one) => one.field === key) ? [act("x", t("取消排序", "Clear sort"), () => this.#unsort(key))] : []),
      ...(column.groupable && this.view.config.urls.groups ? [this.#grouped(key)
        ? act("x", t("取消分组", "Ungroup"), () => this.view.set({ groups: this.view.state.groups.filter(({ field }) => field !== key) }))
        : act("layout-rows", t("按此列分组", "Group by this column"), () => this.view.set({ groups: [...this.view.state.groups, column.dated ? { field: key, bucket: "month" } as const : { field: key }].slice(-MOST_LEVELS) }))] : []),
      ...(column.summaries && column.summaries.length > 1 ? [act("sum", t("汇总：{fn}", "Summary: {fn}", { fn: summaryWord(this.view.summaryOf(column)) }), () => chooseSummary(node, this.view, column, this.done))] : []),
      act("pin", this.view.state.freeze === index + 1 ? t("取消冻结", "Unfreeze") : t("冻结到此列", "Freeze up to here"), () => this.view.set({ freeze: this.view.state.freeze === index + 1 ? 0 : index + 1 })),
      ...(this.view.state.columns.length > 1 ? [act("eye-off", t("隐藏此列", "Hide column"), () => this.view.set({ columns: this.view.state.columns.filter((one) => one.key !== key) }))] : []),
    ];
    const filter = column.filterable ? this.#filter(column, () => close()) : [];
    const shown = popover(node, t("列：{name}", "Column: {name}", { name: column.label }), [el("div", { class: "menu-actions" }, ...content), ...filter], { closed: this.done });
    close = shown.close;
    shown.box.classList.add("column-menu");
  }

  #filter(column: Column, close: () => void): HTMLElement[] {
    const apply = (part: Parameters<typeof withField>[2]): void => {
      close();
      this.view.set({ where: withField(this.view.state.where, column.key, part) });
    };
    const ranges = NUMBERS.has(column.type) || DATES.has(column.type) || ["formula", "rollup"].includes(column.type) && ["right", "end"].includes(column.align ?? "");
    return [el("hr"), ...(ranges ? [rangeFilter(column, about(this.view.state.where, column.key), apply)] : []), valueFilter(this.view, column, apply)];
  }

  #grouped(key: string): boolean {
    return this.view.state.groups.some(({ field }) => field === key);
  }

  #sort(field: string, desc: boolean): void {
    this.view.set({ sort: [{ field, desc }] });
  }

  #unsort(key: string): void {
    this.view.set({ sort: this.view.state.sort.filter((one) => one.field !== key) });
  }
}

function words(column: Column): [string, string] {
  if (NUMBERS.has(column.type)) return [t("从小到大", "Smallest first"), t("从大到小", "Largest first")];
  if (DATES.has(column.type)) return [t("从早到晚", "Oldest first"), t("从晚到早", "Newest first")];
  return [t("升序（A → Z）", "A → Z"), t("降序（Z → A）", "Z → A")];
}
