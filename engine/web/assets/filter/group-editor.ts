/** A tree of conditions: groups of 全部 and 任一, as deep as one needs. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import type { Where } from "../grid/contract";
import type { View } from "../grid/view";
import { isLeaf } from "./conditions";
import { needsValue, operatorsOf } from "./operators";
import { valueInput } from "./value-input";

interface Part { node: HTMLElement; read(): Where | null }

export function editGroup(view: View, where: Where | null, done: (where: Where | null) => void): void {
  const start: Where = where && !isLeaf(where) && !("not" in where) ? where : { any: where ? [where] : [] };
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

function group(view: View, where: Where, removed: (() => void) | null): Part {
  const any = "any" in where;
  const mode = el("select", { class: "form-select", "aria-label": t("怎样组合", "How they combine") },
    el("option", { value: "all" }, t("满足全部", "All of")), el("option", { value: "any" }, t("满足任一", "Any of")));
  mode.value = any ? "any" : "all";
  const list = el("div", { class: "stack" });
  const parts = new Set<Part>();
  const add = (inner: Where): void => {
    let part: Part;
    const gone = (): void => {
      parts.delete(part);
      part.node.remove();
    };
    part = isLeaf(inner) ? leaf(view, inner, gone) : "not" in inner ? fixed(inner, gone) : group(view, inner, gone);
    parts.add(part);
    list.append(part.node);
  };
  const first = view.config.columns.find((column) => column.filterable);
  const blank = (): Where => ({ field: first!.key, op: operatorsOf(first!)[0].op });
  for (const inner of "all" in where ? where.all : any ? where.any : []) add(inner);
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
      if (inner.length < 2) return inner[0] ?? null;
      return mode.value === "any" ? { any: inner } : { all: inner };
    },
  };
}

function leaf(view: View, where: { field: string; op: string; value?: unknown }, removed: () => void): Part {
  const columns = view.config.columns.filter((column) => column.filterable);
  const field = el("select", { class: "form-select", "aria-label": t("字段", "Field") }, ...columns.map((column) => el("option", { value: column.key }, column.label)));
  field.value = where.field;
  const op = el("select", { class: "form-select", "aria-label": t("比较", "Comparison") });
  const place = el("div", { class: "grow" });
  const column = (): typeof columns[number] => columns.find((one) => one.key === field.value) ?? columns[0];
  let input = valueInput(view, column(), where.op, where.value);
  const drawValue = (value: unknown): void => {
    input = valueInput(view, column(), op.value, value);
    place.replaceChildren(...(needsValue(op.value) ? [input.node] : []));
  };
  const drawOperators = (wanted?: string, value?: unknown): void => {
    op.replaceChildren(...operatorsOf(column()).map((one) => el("option", { value: one.op }, one.label)));
    if (wanted && [...op.options].some((one) => one.value === wanted)) op.value = wanted;
    drawValue(value);
  };
  field.addEventListener("change", () => drawOperators());
  op.addEventListener("change", () => drawValue(undefined));
  drawOperators(where.op === "eq" && column().options ? "in" : where.op, where.value);
  return {
    node: el("div", { class: "row group-leaf" }, field, op, place, el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("移除条件", "Remove condition"), onclick: removed }, icon("x"))),
    read: () => {
      if (!needsValue(op.value)) return { field: field.value, op: op.value };
      const value = input.value();
      return value === undefined ? null : { field: field.value, op: op.value, value };
    },
  };
}

function fixed(where: Where, removed: () => void): Part {
  return { node: el("div", { class: "row" }, el("span", { class: "chip" }, t("除了…（保持不变）", "Except … (kept as it is)")), el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("移除条件", "Remove condition"), onclick: removed }, icon("x"))), read: () => where };
}
