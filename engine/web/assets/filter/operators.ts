/** Which comparisons a field offers, and how they read. */
import { t } from "../base/language";
import type { Column } from "../grid/contract";
import { DATES, MANY, NUMBERS } from "../grid/contract";

export interface Operator { op: string; label: string }

const TEXT: Operator[] = [
  { op: "contains", label: t("包含", "contains") }, { op: "not_contains", label: t("不包含", "does not contain") },
  { op: "eq", label: t("等于", "is") }, { op: "ne", label: t("不等于", "is not") }, { op: "starts_with", label: t("开头是", "starts with") },
];
const NUMBER: Operator[] = [
  { op: "gte", label: "≥" }, { op: "lte", label: "≤" }, { op: "eq", label: "=" }, { op: "ne", label: "≠" },
  { op: "gt", label: ">" }, { op: "lt", label: "<" }, { op: "between", label: t("介于", "between") },
];
const DATE: Operator[] = [
  { op: "eq", label: t("在", "in") }, { op: "gte", label: t("起", "from") }, { op: "lte", label: t("止", "until") },
  { op: "lt", label: t("早于", "before") }, { op: "gt", label: t("晚于", "after") }, { op: "between", label: t("介于", "between") },
];
const ONE: Operator[] = [{ op: "in", label: t("是", "is") }, { op: "not_in", label: t("不是", "is not") }];
const SEVERAL: Operator[] = [{ op: "contains_any", label: t("包含任一", "has any of") }, { op: "contains_all", label: t("包含全部", "has all of") }];
const SWITCH: Operator[] = [{ op: "eq", label: t("是", "is") }];
const EMPTY: Operator[] = [{ op: "empty", label: t("为空", "is empty") }, { op: "not_empty", label: t("不为空", "is not empty") }];
/** Types whose one value is chosen from several. */
export const CHOSEN = new Set(["select", "radio", "member", "owner", "created_by", "updated_by", "department", "link"]);

/** The comparisons of a column; the server may narrow them. */
export function operatorsOf(column: Column): Operator[] {
  const own = base(column);
  const allowed = column.operators;
  return allowed?.length ? own.filter(({ op }) => allowed.includes(op)) : own;
}

function base(column: Column): Operator[] {
  if (column.type === "switch") return SWITCH;
  if (MANY.has(column.type)) return [...SEVERAL, ...EMPTY];
  if (CHOSEN.has(column.type)) return [...ONE, ...EMPTY];
  if (DATES.has(column.type) || ["created_at", "updated_at"].includes(column.type)) return [...DATE, ...EMPTY];
  if (column.type === "time") return [...NUMBER.filter(({ op }) => op !== "between"), ...EMPTY];
  if (NUMBERS.has(column.type) || ["right", "end"].includes(column.align ?? "")) return [...NUMBER, ...EMPTY];
  return [...TEXT, ...EMPTY];
}

/** The comparison offered that means the same as `op`: of several values, "is" is "is one of". */
export function chosenOperator(column: Column, op: string): string {
  const offered = operatorsOf(column);
  const same = SAME[op];
  return (offered.find((one) => one.op === op) ?? offered.find((one) => one.op === same) ?? offered[0]).op;
}

const SAME: Record<string, string> = { eq: "in", ne: "not_in", contains: "contains_any", in: "contains_any" };

/** The condition as it is kept: one value that is worked out stands alone, not in a list. */
export function said(column: Column, op: string, value: unknown): { field: string; op: string; value: unknown } {
  const [only, ...others] = Array.isArray(value) ? value : [value];
  if (others.length || typeof only !== "object" || only === null) return { field: column.key, op, value };
  const single = "me" in only || "current" in only;
  return { field: column.key, op: single && op === "in" ? "eq" : single && op === "not_in" ? "ne" : op, value: only };
}

export const needsValue = (op: string): boolean => op !== "empty" && op !== "not_empty";

export function operatorLabel(column: Column, op: string): string {
  return [...base(column), ...ONE, ...TEXT, ...NUMBER, ...SEVERAL, ...EMPTY].find((one) => one.op === op)?.label ?? op;
}
