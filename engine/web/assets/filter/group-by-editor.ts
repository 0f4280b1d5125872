/** Grouping by up to three fields, dates by month or year; and how high the rows are. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Bucket, Height, Level } from "../grid/contract";
import type { View } from "../grid/view";

const MOST = 3;

const buckets = (): [Bucket, string][] => [["day", t("按日", "by day")], ["week", t("按周", "by week")], ["month", t("按月", "by month")], ["quarter", t("按季度", "by quarter")], ["year", t("按年", "by year")]];
export const heights = (): [Height, string][] => [["short", t("紧凑", "Compact")], ["normal", t("标准", "Normal")], ["tall", t("两行", "Two lines")]];

export function editGroupBy(anchor: Element, view: View): void {
  const list = el("div", { class: "stack" });
  const all = (open: boolean, label: string): HTMLElement =>
    el("button", { type: "button", class: "btn btn-quiet btn-small", onclick: () => document.dispatchEvent(new CustomEvent("jf:groups", { detail: { open } })) }, label);
  const foot = el("div", { class: "row popover-foot" }, all(false, t("全部收起", "Close all")), all(true, t("全部展开", "Open all")));
  const show = (): void => { foot.hidden = !view.state.groups.length; };
  view.addEventListener("groups", show);
  show();
  popover(anchor, t("分组", "Group"), [list, foot], { closed: () => view.removeEventListener("groups", show) });
  groupByFields(view, list);
}

/** The levels of groups as selects; also in the view builder. */
export function groupByFields(view: View, list: HTMLElement): void {
  const columns = view.config.columns.filter((column) => column.groupable);
  const set = (groups: Level[]): void => {
    view.set({ groups });
    draw();
  };
  const begun = (field: string): Level => (view.column(field)?.dated ? { field, bucket: "month" } : { field });
  const select = (value: string, chosen: (key: string) => void, blank?: string): HTMLSelectElement => {
    const taken = new Set(view.state.groups.map(({ field }) => field));
    const found = el("select", { class: blank ? "form-select" : "form-select grow", "aria-label": t("分组字段", "Group field") }, ...(blank ? [el("option", { value: "" }, blank)] : []),
      ...columns.filter(({ key }) => key === value || !taken.has(key)).map((column) => el("option", { value: column.key }, column.label)));
    found.value = value;
    found.addEventListener("change", () => chosen(found.value));
    return found;
  };
  const line = (one: Level, index: number): HTMLElement => {
    const { groups } = view.state;
    const change = (next: Level): void => set(groups.map((other, at) => (at === index ? next : other)));
    const bucket = el("select", { class: "form-select", "aria-label": t("日期怎样分段", "Dates by") }, ...buckets().map(([value, label]) => el("option", { value }, label)));
    bucket.value = one.bucket ?? "day";
    bucket.addEventListener("change", () => change({ field: one.field, bucket: bucket.value as Bucket }));
    return el("div", { class: "row" }, select(one.field, (key) => change(begun(key))), view.column(one.field)?.dated && bucket,
      el("button", { type: "button", class: "btn btn-quiet btn-icon", "aria-label": t("移除", "Remove"), onclick: () => set(groups.filter((_, at) => at !== index)) }, icon("x")));
  };
  const draw = (): void => {
    const { groups } = view.state;
    list.replaceChildren(...groups.map(line), ...(groups.length < MOST ? [select("", (key) => key && set([...groups, begun(key)]), groups.length ? t("再按…", "then by…") : t("选择分组字段", "Group by…"))] : []));
  };
  draw();
}

/** Three heights of rows, one pressed. */
export function heightChoice(view: View): HTMLElement {
  const box = el("div", { class: "segments", role: "group", "aria-label": t("行高", "Row height") });
  const draw = (): void => box.replaceChildren(...heights().map(([height, label]) =>
    el("button", { type: "button", "aria-pressed": String(view.state.height === height), onclick: () => { view.set({ height }); draw(); } }, label)));
  draw();
  return box;
}
