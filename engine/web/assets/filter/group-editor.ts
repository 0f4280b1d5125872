/** A tree of conditions: groups of 全部, 任一 and 都不, as deep as one needs. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { define } from "../lazy";
import type { Column, Where } from "../grid/contract";
import { MODES, grouped, isLeaf, modeOf, parts as partsOf } from "./conditions";
import type { Mode } from "./conditions";
import type { Fields } from "./fields";
import { fieldChooser } from "./field-list";
import { chosenOperator, needsValue, operatorsOf, said } from "./operators";
import { valueInput } from "./value-input";

interface Part { node: HTMLElement; read(): Where | null }

export function editGroup(view: Fields, where: Where | null, done: (where: Where | null) => void): void {
  const start: Where = where && !isLeaf(where) ? where : { any: where ? [where] : [] };
  const top = group(view, start, null);
  const dialog = el("dialog", { class: "dialog wide", "aria-label": t("条件组", "Condition group") },
    el("div", { class: "dialog-header" }, el("h2", {}, t("条件组", "Condition group"))),
    el("div", { class: "dialog-body" }, top.node),
    el("div", { class: "dialog-footer" },
      el("button", { type: "button", class: "btn", onclick: () => dialog.close() }, t("取消", "Cancel")),
      el("button", { type: "button", class: "btn btn-primary", onclick: () => { done(top.read()); dialog.close(); } }, t("确定", "Apply"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function group(view: Fields, where: Where, removed: (() => void) | null): Part {
  const mode = el("select", { class: "form-select", "aria-label": t("怎样组合", "How they combine") }, ...MODES.map(({ mode: value, label }) => el("option", { value }, label)));
  mode.value = modeOf(where);
  const list = el("div", { class: "stack" });
  const parts = new Set<Part>();
  const add = (inner: Where): void => {
    let part: Part;
    const gone = (): void => {
      parts.delete(part);
      part.node.remove();
    };
    part = isLeaf(inner) ? leaf(view, inner, gone) : group(view, inner, gone);
    parts.add(part);
    list.append(part.node);
  };
  const first = view.config.columns.find((column) => column.filterable);
  const blank = (): Where => ({ field: first!.key, op: operatorsOf(first!)[0].op });
  for (const inner of partsOf(where, modeOf(where))) add(inner);
  if (!parts.size) add(blank());
  const node = el("fieldset", { class: "group" },
    el("div", { class: "row" }, mode, removed && el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("移除这一组", "Remove group"), onclick: removed }, icon("x"))),
    list,
    el("div", { class: "row" },
      el("button", { type: "button", class: "btn btn-quiet btn-small", onclick: () => add(blank()) }, icon("plus"), t("条件", "Condition")),
      el("button", { type: "button", class: "btn btn-quiet btn-small", onclick: () => add({ all: [] }) }, icon("plus"), t("条件组", "Group"))));
  return {
    node,
    read: () => {
      const inner = [...parts].map((part) => part.read()).filter((one): one is Where => one !== null);
      return grouped(mode.value as Mode, inner);
    },
  };
}

function leaf(view: Fields, where: { field: string; op: string; value?: unknown }, removed: () => void): Part {
  const field = fieldChooser(view, where.field, () => drawOperators());
  const op = el("select", { class: "form-select", "aria-label": t("比较", "Comparison") });
  const place = el("div", { class: "grow" });
  const column = (): Column => field.column();
  let input = valueInput(view, column(), where.op, where.value);
  const drawValue = (value: unknown): void => {
    input = valueInput(view, column(), op.value, value);
    place.replaceChildren(...(needsValue(op.value) ? [input.node] : []));
    define(place);
  };
  const drawOperators = (wanted?: string, value?: unknown): void => {
    op.replaceChildren(...operatorsOf(column()).map((one) => el("option", { value: one.op }, one.label)));
    if (wanted && [...op.options].some((one) => one.value === wanted)) op.value = wanted;
    drawValue(value);
  };
  op.addEventListener("change", () => drawValue(undefined));
  drawOperators(chosenOperator(column(), where.op), where.value);
  return {
    node: el("div", { class: "row group-leaf" }, field.node, op, place, el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("移除条件", "Remove condition"), onclick: removed }, icon("x"))),
    read: () => {
      const { key } = column();
      if (!needsValue(op.value)) return { field: key, op: op.value };
      const value = input.value();
      return value === undefined ? null : said(column(), op.value, value);
    },
  };
}
