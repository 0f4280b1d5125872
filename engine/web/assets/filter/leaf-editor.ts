/** Editing one condition in a popover: comparison, value, done. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Column, Where } from "../grid/contract";
import type { View } from "../grid/view";
import type { Leaf } from "./conditions";
import { needsValue, operatorsOf } from "./operators";
import { valueInput } from "./value-input";

/** First the field, then its condition; both in the same popover. */
export function addCondition(anchor: Element, view: View, done: (part: Where) => void, group: () => void): void {
  const search = el("input", { class: "input", type: "search", placeholder: t("选择字段", "Choose a field"), "aria-label": t("选择字段", "Choose a field") });
  const list = el("div", { class: "field-list" });
  const shown = popover(anchor, t("添加条件", "Add a condition"), [search, list]);
  const draw = (): void => {
    const wanted = search.value.trim().toLowerCase();
    const columns = view.config.columns.filter((column) => column.filterable && column.label.toLowerCase().includes(wanted));
    list.replaceChildren(
      ...columns.map((column) => el("button", { type: "button", class: "menu-item", onclick: () => edit(column) }, column.label)),
      el("hr"), el("button", { type: "button", class: "menu-item", onclick: () => { shown.close(); group(); } }, icon("filter-plus"), t("条件组（且、或）…", "Group (and, or)…")));
  };
  const edit = (column: Column): void => {
    shown.box.replaceChildren(leafForm(view, column, { field: column.key, op: operatorsOf(column)[0].op }, (part) => {
      shown.close();
      done(part);
    }));
    focusFirst(shown.box);
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) list.querySelector<HTMLElement>("button")?.click();
  });
  draw();
}

export function editCondition(anchor: Element, view: View, leaf: Leaf, done: (part: Where) => void): void {
  const column = view.column(leaf.field);
  if (!column) return;
  const shown = popover(anchor, column.label, []);
  shown.box.append(leafForm(view, column, leaf, (part) => {
    shown.close();
    done(part);
  }));
  focusFirst(shown.box);
}

function focusFirst(box: HTMLElement): void {
  box.querySelector<HTMLElement>("[autofocus], input, select")?.focus({ preventScroll: true });
}

function leafForm(view: View, column: Column, leaf: Leaf, done: (part: Where) => void): HTMLElement {
  const operators = operatorsOf(column);
  const chosen = operators.find(({ op }) => op === leaf.op || (leaf.op === "eq" && op === "in") || (leaf.op === "ne" && op === "not_in")) ?? operators[0];
  const select = el("select", { class: "form-select", "aria-label": t("比较", "Comparison") }, ...operators.map(({ op, label }) => el("option", { value: op }, label)));
  select.value = chosen.op;
  const place = el("div", {});
  let value = leaf.value;
  let input = valueInput(view, column, chosen.op, value);
  const draw = (): void => {
    value = input.value() ?? value;
    input = valueInput(view, column, select.value, compatible(select.value, value));
    place.replaceChildren(...(needsValue(select.value) ? [input.node] : []));
  };
  const use = (): void => {
    if (!needsValue(select.value)) return done({ field: column.key, op: select.value });
    const given = input.value();
    if (given !== undefined) done({ field: column.key, op: select.value, value: given });
  };
  select.addEventListener("change", draw);
  draw();
  const form = el("form", { class: "stack leaf-form" }, el("div", { class: "row" }, el("b", { class: "truncate" }, column.label), select), place,
    el("div", { class: "row end" }, el("button", { type: "submit", class: "btn btn-primary btn-small" }, t("确定", "Apply"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    use();
  });
  return form;
}

function compatible(op: string, value: unknown): unknown {
  if (op === "between") return Array.isArray(value) ? value : undefined;
  if (["in", "not_in", "contains_any", "contains_all"].includes(op)) return value;
  return Array.isArray(value) ? undefined : value;
}
