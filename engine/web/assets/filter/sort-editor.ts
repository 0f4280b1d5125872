/** Sorting by several fields, in order. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Sort } from "../grid/contract";
import type { View } from "../grid/view";

export function editSort(anchor: Element, view: View): void {
  const list = el("div", { class: "stack" });
  popover(anchor, t("排序", "Sort"), [list]);
  sortFields(view, list);
}

/** The fields of the order as selects; also in the view builder. */
export function sortFields(view: View, list: HTMLElement): void {
  const columns = view.config.columns.filter((column) => column.sortable);
  const set = (sort: Sort[]): void => {
    view.set({ sort });
    draw();
  };
  const draw = (): void => {
    const { sort } = view.state;
    list.replaceChildren(
      ...sort.map((one, index) => line(one, index)),
      field("", (key) => key && set([...sort, { field: key, desc: false }]), sort.length ? t("再按…", "then by…") : t("选择排序字段", "Sort by…")));
  };
  const field = (value: string, chosen: (key: string) => void, blank?: string): HTMLSelectElement => {
    const select = el("select", { class: "form-select", "aria-label": t("排序字段", "Sort field") },
      ...(blank ? [el("option", { value: "" }, blank)] : []), ...columns.map((column) => el("option", { value: column.key }, column.label)));
    select.value = value;
    select.addEventListener("change", () => chosen(select.value));
    return select;
  };
  const line = (one: Sort, index: number): HTMLElement => {
    const { sort } = view.state;
    const change = (next: Sort): void => set(sort.map((other, at) => (at === index ? next : other)));
    const label = one.desc ? t("从大到小", "descending") : t("从小到大", "ascending");
    return el("div", { class: "row" }, field(one.field, (key) => change({ ...one, field: key })),
      el("button", { type: "button", class: "btn btn-icon", "aria-label": label, title: label, onclick: () => change({ ...one, desc: !one.desc }) }, icon(one.desc ? "arrow-down" : "arrow-up")),
      el("button", { type: "button", class: "btn btn-quiet btn-icon", "aria-label": t("移除", "Remove"), onclick: () => set(sort.filter((_, at) => at !== index)) }, icon("x")));
  };
  draw();
}
