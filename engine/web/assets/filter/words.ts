/** A condition in plain words, as a chip shows it. */
import { get } from "../base/http";
import { count, t } from "../base/language";
import type { Choice, Column, Where } from "../grid/contract";
import type { View } from "../grid/view";
import { isLeaf } from "./conditions";
import type { Leaf } from "./conditions";
import { CHOSEN, operatorLabel } from "./operators";
import { periodWords } from "./periods";

const FEW = 3;

export interface Words { field: string; text: string }

/** Names of ids that have been seen or asked for: "owner 7" → 李想. */
const names = new Map<string, string>();

export function remember(column: Column, choices: Choice[]): void {
  for (const choice of choices) names.set(`${column.key} ${choice.value}`, choice.label);
}

export function words(view: View, where: Where): Words {
  if (isLeaf(where)) return leafWords(view, where);
  if ("not" in where) {
    const inner = words(view, where.not);
    return { field: inner.field, text: t("除了 {text}", "not {text}", { text: inner.text }) };
  }
  const inner = ("all" in where ? where.all : where.any).map((one) => words(view, one));
  const joiner = "all" in where ? t(" 且 ", " and ") : t(" 或 ", " or ");
  const same = inner.every((one) => one.field === inner[0]?.field);
  return same
    ? { field: inner[0]?.field ?? "", text: inner.map((one) => one.text).join(joiner) }
    : { field: "", text: inner.map((one) => `${one.field} ${one.text}`).join(joiner) };
}

function leafWords(view: View, leaf: Leaf): Words {
  const column = view.column(leaf.field);
  const field = column?.label ?? leaf.field;
  if (!column) return { field, text: t("条件", "condition") };
  return { field, text: text(column, leaf) };
}

function text(column: Column, leaf: Leaf): string {
  const { value } = leaf;
  const choosing = CHOSEN.has(column.type);
  const op = choosing && leaf.op === "eq" ? "in" : choosing && leaf.op === "ne" ? "not_in" : leaf.op;
  const label = operatorLabel(column, op);
  if (op === "empty" || op === "not_empty") return label;
  if (column.type === "switch") return value ? t("是", "yes") : t("否", "no");
  const period = periodOf(value);
  if (period) {
    if (op === "gte") return t("{p}及以后", "{p} or later", { p: period });
    if (op === "lte") return t("{p}及以前", "{p} or earlier", { p: period });
    if (op === "lt") return t("早于{p}", "before {p}", { p: period });
    if (op === "gt") return t("晚于{p}", "after {p}", { p: period });
    return op === "ne" ? t("不在{p}", "not {p}", { p: period }) : period;
  }
  if (op === "between" && Array.isArray(value)) return `${one(column, value[0])} – ${one(column, value[1])}`;
  const shown = Array.isArray(value) ? several(value.map((each) => one(column, each))) : one(column, value);
  if (column.options || ["in", "not_in", "contains_any"].includes(op)) return op === "in" || op === "contains_any" || op === "eq" ? shown : `${label} ${shown}`;
  return `${label} ${shown}`;
}

function several(all: string[]): string {
  const joined = (some: string[]): string => some.join(t("、", ", "));
  return all.length <= FEW ? joined(all) : t("{some} 等 {n} 项", "{some} and {more} more", { some: joined(all.slice(0, FEW - 1)), n: all.length, more: all.length - FEW + 1 });
}

function periodOf(value: unknown): string | null {
  if (typeof value !== "object" || !value) return null;
  if ("period" in value) return periodWords(value as { period: string; n?: number });
  if ("days_ago" in value) return t("{n} 天前", "{n} days ago", { n: Number(value.days_ago) });
  return "days_ahead" in value ? t("{n} 天后", "{n} days ahead", { n: Number(value.days_ahead) }) : null;
}

function one(column: Column, value: unknown): string {
  if (typeof value === "object" && value) {
    if ("me" in value) return t("我", "me");
    if ("my_department" in value) return "below" in value && value.below ? t("我的部门及下级", "my department and below") : t("我的部门", "my department");
    if ("my_reports" in value) return t("我的下属", "my reports");
    if ("headed_by_me" in value) return t("我负责的部门", "departments I head");
    return t("计算值", "computed");
  }
  const option = column.options?.find((each) => each.value === value);
  if (option) return option.label;
  const known = names.get(`${column.key} ${value}`);
  if (known) return known;
  if (column.type === "percent") return `${Number(value) * 100}%`;
  if (["money", "number"].includes(column.type) && typeof value !== "object" && value !== "" && !Number.isNaN(Number(value))) return count(Number(value));
  return String(value ?? "");
}

/** Ask for the names of people and records that a condition names by id; true when something was learnt. */
export async function learn(view: View, where: Where | null): Promise<boolean> {
  const wanted = new Map<string, Set<string>>();
  collect(view, where, wanted);
  await Promise.all([...wanted].map(async ([field, ids]) => {
    const url = new URL(view.config.urls.choices, location.href);
    url.searchParams.set("field", field);
    url.searchParams.set("ids", [...ids].join(","));
    const { choices } = await get<{ choices: Choice[] }>(url.href).catch(() => ({ choices: [] }));
    remember(view.column(field)!, choices);
  }));
  return wanted.size > 0;
}

function collect(view: View, where: Where | null, wanted: Map<string, Set<string>>): void {
  if (!where) return;
  if (!isLeaf(where)) return ("all" in where ? where.all : "any" in where ? where.any : [where.not]).forEach((each) => collect(view, each, wanted));
  const column = view.column(where.field);
  if (!column || column.options || !/member|owner|_by|department|link/.test(column.type)) return;
  for (const value of Array.isArray(where.value) ? where.value : [where.value]) {
    if (typeof value === "object" || value === undefined || names.has(`${column.key} ${value}`)) continue;
    wanted.set(column.key, (wanted.get(column.key) ?? new Set()).add(String(value)));
  }
}
