/** Which columns are shown, and in which order. */
import Sortable from "sortablejs";
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import { editColors } from "./color-editor";
import { heightChoice } from "./group-by-editor";
import type { Column, Shown } from "../grid/contract";
import type { View } from "../grid/view";

export function editColumns(anchor: Element, view: View): void {
  const { nodes, destroy } = columnList(view);
  const height = view.config.row_heights ? [el("div", { class: "row apart popover-foot" }, el("span", { class: "second" }, t("行高", "Row height")), heightChoice(view))] : [];
  const colors = el("button", { type: "button", class: "btn btn-quiet btn-small", onclick: () => editColors(anchor, view) }, icon("palette"), t("颜色规则", "Colour rules"),
    view.state.colors.length > 0 && el("span", { class: "count" }, String(view.state.colors.length)));
  popover(anchor, t("列", "Columns"), [...nodes, ...height, ...(view.config.row_heights && view.config.address !== false ? [colors] : [])], { closed: destroy });
}

/** The columns with their switches, to be dragged or moved by keys; also in the view builder. */
export function columnList(view: View): { nodes: HTMLElement[]; destroy(): void } {
  const { columns: shownColumns } = view.state;
  const hidden = view.config.columns.filter((column) => !shownColumns.some(({ key }) => key === column.key));
  const all: Column[] = [...view.shown, ...hidden];
  const search = el("input", { class: "input", type: "search", placeholder: t("查找列", "Find a column"), "aria-label": t("查找列", "Find a column") });
  const list = el("div", { class: "column-list", role: "group", "aria-label": t("列", "Columns") });
  const widths = new Map(shownColumns.map((one) => [one.key, one]));
  const read = (): void => {
    const columns = [...list.querySelectorAll<HTMLInputElement>("input:checked")].map((input): Shown => widths.get(input.value) ?? { key: input.value });
    if (columns.length) view.set({ columns });
  };
  list.append(...all.map((column) => line(column, shownColumns.some(({ key }) => key === column.key), read)));
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const one of list.children) (one as HTMLElement).hidden = !one.textContent!.toLowerCase().includes(wanted);
  });
  const sortable = Sortable.create(list, { handle: ".grip", animation: 120, onEnd: read });
  return { nodes: [search, list], destroy: () => sortable.destroy() };
}

function line(column: Column, checked: boolean, changed: () => void): HTMLElement {
  const input = el("input", { type: "checkbox", class: "switch", value: column.key, checked });
  input.addEventListener("change", changed);
  const grip = el("button", { type: "button", class: "grip", "aria-label": t("移动“{name}”，用上下键", "Move “{name}” with the arrow keys", { name: column.label }) }, icon("grip-vertical"));
  const row = el("div", { class: "row column-line" }, grip, el("label", { class: "row grow" }, el("span", { class: "grow truncate" }, column.label), input));
  grip.addEventListener("keydown", (event) => {
    const other = event.key === "ArrowUp" ? row.previousElementSibling : event.key === "ArrowDown" ? row.nextElementSibling : null;
    if (!other) return;
    event.preventDefault();
    if (event.key === "ArrowUp") other.before(row);
    else other.after(row);
    grip.focus();
    changed();
  });
  return row;
}
