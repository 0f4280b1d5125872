/** Draws one cell: figures to the right, badges, faces, links, ticks, errors. */
import type { Formatter } from "slickgrid";
import { el, icon } from "../base/dom";
import { count, t } from "../base/language";
import { avatar } from "../base/person";
import type { Cell, Column, Color, Row } from "./contract";
import { isHead } from "./rows";
import type { Line } from "./rows";
import type { Head } from "./sections";
import { summaryWord } from "./summaries";

/** Marks that one's own editing leaves on cells and rows, by row id. */
export interface Marks {
  cell(row: Row, key: string): Cell | undefined;
  clash(id: number, key: string): string | undefined;
  error(id: number, key: string): string | undefined;
  pending(id: number, key: string): boolean;
  outside(id: number): boolean;
}

export function formatter(column: Column, titleKey: string, marks: Marks): Formatter<Row> {
  const isTitle = column.key === titleKey;
  const draw = drawing(column);
  return (_row, place, _value, _definition, row) => {
    const line: Line = row;
    if (isHead(line)) return { html: place === 1 ? groupHead(line.head) : subtotal(line.head, column) as HTMLElement, text: "" };
    const cell = marks.cell(row, column.key);
    const clash = marks.clash(row.id, column.key);
    const error = marks.error(row.id, column.key) ?? (cell?.error && cell.error !== cell.t ? cell.error : undefined);
    const classes = [
      clash && "cell-clash",
      error && "cell-error",
      cell?.error && !error && "cell-failed",
      marks.pending(row.id, column.key) && "cell-pending",
      isTitle && "cell-title",
      isTitle && marks.outside(row.id) && "cell-outside",
      (row.readonly?.includes(column.key) || row.hidden?.includes(column.key)) && "cell-readonly",
      row.colors?.[column.key] && `cell-${row.colors[column.key]}`,
    ].filter(Boolean).join(" ");
    const html = cell ? (isTitle ? title(cell) : draw(cell)) : "";
    const left = isTitle && marks.outside(row.id) ? t("已不符合筛选条件，刷新后会离开列表", "No longer matches the filter; leaves the list when it is refreshed") : "";
    return { html: html as HTMLElement, text: "", addClasses: classes, toolTip: clash ? t("{who}，请选择用谁的", "{who}; choose whose value stays", { who: clash }) : error ?? left };
  };
}

/** The head of a group: what its rows have in common, and how many they are. */
function groupHead({ group, open, depth }: Head): HTMLElement {
  const text = group.color ? badge(group.t, group.color) : el("b", { class: "group-name" }, group.t);
  return el("button", { type: "button", class: "group-head", tabindex: -1, "data-toggle-group": true, "aria-expanded": String(open), title: `${group.label} ${group.t}` },
    icon(open ? "chevron-down" : "chevron-right", "small"), depth === 0 && el("span", { class: "group-field" }, group.label), text, el("span", { class: "group-count" }, count(group.count)));
}

function subtotal({ group }: Head, column: Column): Node | string {
  const found = group.values[column.key];
  return found ? el("span", { class: "group-total", title: `${summaryWord(found.fn)} ${found.t}` }, el("span", { class: "group-word" }, `${summaryWord(found.fn)} `), found.t) : "";
}

function title(cell: Cell): HTMLElement {
  return el("button", { type: "button", class: "title-open", "data-open-row": true, tabindex: -1 }, cell.t || t("（未命名）", "(untitled)"));
}

function drawing(column: Column): (cell: Cell) => Node | string {
  const colors = new Map(column.options?.map((option) => [option.value, option.color]));
  switch (column.type) {
    case "select": case "radio":
      return (cell) => (cell.t ? badge(cell.t, cell.color ?? colors.get(String(cell.v))) : "");
    case "multi_select": case "checkboxes":
      return (cell) => badges(cell, column);
    case "member": case "owner": case "created_by": case "updated_by":
      return (cell) => (cell.t ? el("span", { class: "person" }, avatar(cell.t), el("span", {}, cell.t)) : "");
    case "rating":
      return (cell) => stars(Number(cell.v));
    case "image": case "signature":
      return (cell) => pictures(cell);
    case "members":
      return (cell) => el("span", { class: "people" }, ...names(cell).map((name) => el("span", { class: "person" }, avatar(name), el("span", {}, name))));
    case "link":
      return (cell) => (cell.url && cell.t ? el("a", { class: "cell-link", href: cell.url, tabindex: -1 }, cell.t) : el("span", { class: cell.t ? "cell-link" : "" }, cell.t));
    case "url":
      return (cell) => (/^https?:\/\//i.test(cell.t) ? el("a", { class: "cell-link", href: cell.t, target: "_blank", rel: "noopener noreferrer", tabindex: -1 }, cell.t) : cell.t);
    case "email":
      return (cell) => (cell.t ? el("a", { class: "cell-link", href: `mailto:${cell.t}`, tabindex: -1 }, cell.t) : "");
    case "switch":
      return (cell) => (cell.v === true ? el("span", { class: "cell-yes", role: "img", "aria-label": t("是", "Yes") }, icon("check", "small")) : "");
    default:
      return (cell) => cell.t;
  }
}

function stars(given: number): Node | string {
  return given > 0 ? el("span", { class: "rating read", role: "img", "aria-label": String(given) }, ...Array.from({ length: given }, () => el("span", { class: "given" }, icon("star", "small")))) : "";
}

function pictures(cell: Cell): Node | string {
  const files = Array.isArray(cell.v) ? (cell.v as { id: string; name?: string }[]) : [];
  return files.length ? el("span", { class: "people" }, ...files.slice(0, 4).map((file) => el("img", { class: "cell-picture", src: `/files/${file.id}?size=small`, alt: file.name ?? "", loading: "lazy" })), files.length > 4 ? `+${files.length - 4}` : null) : "";
}

function badge(text: string, color?: Color): HTMLElement {
  return el("span", { class: "badge", "data-color": color ?? "grey" }, text);
}

function badges(cell: Cell, column: Column): Node | string {
  const items = cell.items ?? (Array.isArray(cell.v) ? cell.v.map((value) => {
    const option = column.options?.find((one) => one.value === value);
    return { t: option?.label ?? String(value), color: option?.color };
  }) : []);
  return items.length ? el("span", { class: "people" }, ...items.map((item) => badge(item.t, item.color))) : "";
}

function names(cell: Cell): string[] {
  if (cell.items) return cell.items.map((item) => item.t);
  if (Array.isArray(cell.v)) return cell.v.map((one) => (one as { title?: string })?.title ?? String(one));
  return cell.t ? [cell.t] : [];
}
