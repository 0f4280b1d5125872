/** Editing one condition in a popover: comparison, value, done. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Column, Where } from "../grid/contract";
import { define } from "../lazy";
import type { Leaf } from "./conditions";
import type { Fields } from "./fields";
import { fieldList } from "./field-list";
import { chosenOperator, needsValue, operatorsOf, said } from "./operators";
import { valueInput } from "./value-input";

/** First the field, then its condition; both in the same popover. */
export function addCondition(anchor: Element, view: Fields, done: (part: Where) => void, group: () => void): void {
  const edit = (column: Column): void => {
    shown.box.replaceChildren(leafForm(view, column, { field: column.key, op: operatorsOf(column)[0].op }, (part) => {
      shown.close();
      done(part);
    }));
    define(shown.box);
    focusFirst(shown.box);
  };
  const grouping = (): HTMLElement => el("button", { type: "button", class: "menu-item", onclick: () => { shown.close(); group(); } }, icon("filter-plus"), t("条件组（且、或）…", "Group (and, or)…"));
  const shown = popover(anchor, t("添加条件", "Add a condition"), fieldList(view, edit, () => [el("hr"), grouping()]));
}

export function editCondition(anchor: Element, view: Fields, leaf: Leaf, done: (part: Where) => void): void {
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

function leafForm(view: Fields, column: Column, leaf: Leaf, done: (part: Where) => void): HTMLElement {
  const operators = operatorsOf(column);
  const select = el("select", { class: "form-select", "aria-label": t("比较", "Comparison") }, ...operators.map(({ op, label }) => el("option", { value: op }, label)));
  select.value = chosenOperator(column, leaf.op);
  const place = el("div", {});
  let value = leaf.value;
  let input = valueInput(view, column, select.value, value);
  const draw = (): void => {
    value = input.value() ?? value;
    input = valueInput(view, column, select.value, compatible(select.value, value));
    place.replaceChildren(...(needsValue(select.value) ? [input.node] : []));
    define(place);
  };
  const use = (): void => {
    if (!needsValue(select.value)) return done({ field: column.key, op: select.value });
    const given = input.value();
    if (given !== undefined) done(said(column, select.value, given));
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
