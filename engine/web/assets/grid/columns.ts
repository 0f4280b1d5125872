/** Turns the view's columns into SlickGrid's, with the narrow first one for number, tick and open icon. */
import type { Column as SlickColumn, Formatter } from "slickgrid";
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import type { Column, Row } from "./contract";
import { formatter } from "./cells";
import type { Marks } from "./cells";
import { isHead } from "./rows";
import type { Line } from "./rows";
import type { Ticks } from "./ticks";
import type { View } from "./view";

export const NUMBER = "_number";
/** The last head, by which somebody who may design adds a field. */
export const ADD = "_add";
/** A column that holds a field of the form. */
export const isField = (id: string | number): boolean => id !== NUMBER && id !== ADD;

const WIDTHS: Record<string, number> = { text: 160, textarea: 220, number: 100, money: 132, formula: 132, rollup: 132, percent: 84, date: 110, datetime: 150, select: 110,
  member: 110, owner: 110, link: 150, links: 180, members: 170, multi_select: 170, checkboxes: 170, switch: 72, phone: 130, email: 180, url: 180, serial: 130 };

export const rightAligned = (column: Column): boolean => ["right", "end"].includes(column.align ?? "");

const DATES = new Set(["date", "datetime", "time"]);

/** Room for the row numbers that there are. */
export const numberWidth = (total: number): number => 61 + Math.max(0, String(total).length - 4) * 8;

export function slickColumns(view: View, marks: Marks, ticks: Ticks, ordinal: (line: number) => number): SlickColumn<Row>[] {
  const title = view.config.title_key;
  return [numberColumn(ticks, numberWidth(ticks.total()), ordinal), ...view.shown.map((column): SlickColumn<Row> => ({
    id: column.key,
    field: column.key as "id",
    name: column.label,
    width: column.width ?? (column.key === title ? 190 : WIDTHS[column.type] ?? 140),
    minWidth: 56,
    cssClass: rightAligned(column) ? "num" : DATES.has(column.type) ? "figures" : "",
    headerCssClass: rightAligned(column) ? "num" : "",
    resizable: true,
    sortable: false,
    formatter: formatter(column, title, marks),
  })), ...(view.config.can.design && view.config.urls.fields ? [addColumn()] : [])];
}

function addColumn(): SlickColumn<Row> {
  return { id: ADD, field: "id", name: "", width: 48, minWidth: 48, maxWidth: 48, resizable: false, sortable: false, selectable: false, focusable: false, reorderable: false, unselectable: true,
    cssClass: "cell-add", headerCssClass: "cell-add", formatter: () => "" };
}

function numberColumn(ticks: Ticks, width: number, ordinal: (line: number) => number): SlickColumn<Row> {
  return {
    id: NUMBER, field: "id", name: "", width, minWidth: width, maxWidth: width, resizable: false, sortable: false, selectable: false, focusable: false,
    cssClass: "cell-number", headerCssClass: "cell-number", reorderable: false, unselectable: true, formatter: numberCell(ticks, ordinal),
  };
}

function numberCell(ticks: Ticks, ordinal: (line: number) => number): Formatter<Row> {
  return (line, _cell, _value, _column, row) => {
    if (isHead(row as Line)) return "";
    const index = ordinal(line);
    const ticked = ticks.has(row.id);
    const html = el("span", { class: ticked ? "number ticked" : "number" },
      el("span", { class: "number-text" }, String(index + 1)),
      el("input", { type: "checkbox", class: "tick", tabindex: -1, checked: ticked, "aria-label": t("选择第 {n} 行", "Select row {n}", { n: index + 1 }) }),
      el("button", { type: "button", class: "number-open", "data-open-row": true, tabindex: -1, title: t("打开（空格）", "Open (Space)"),
        "aria-label": t("打开第 {n} 行", "Open row {n}", { n: index + 1 }) }, icon("layout-sidebar-right", "small")));
    return { html, text: "" };
  };
}
