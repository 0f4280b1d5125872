/** Reading and changing a condition: what stands at the top, and which leaf belongs to a field. */
import { t } from "../base/language";
import type { Where } from "../grid/contract";

export interface Leaf { field: string; op: string; value?: unknown }

export const isLeaf = (where: Where): where is Leaf => "field" in where;

/** How the parts of a group combine; "none" is what the contract writes as `not` of `any`. */
export type Mode = "all" | "any" | "none";

export const MODES: { mode: Mode; label: string; word: string }[] = [
  { mode: "all", label: t("满足全部", "All of"), word: t("且", "and") },
  { mode: "any", label: t("满足任一", "Any of"), word: t("或", "or") },
  { mode: "none", label: t("都不满足", "None of"), word: t("也不", "nor") },
];

export function modeOf(where: Where | null): Mode {
  return !where || isLeaf(where) || "all" in where ? "all" : "any" in where ? "any" : "none";
}

/** What stands at the top: by default the conditions that must all hold, as the chips show them. */
export function parts(where: Where | null, mode: Mode = "all"): Where[] {
  if (!where) return [];
  if (mode === "none" && "not" in where) return "any" in where.not ? where.not.any : [where.not];
  if (mode === "any" && "any" in where) return where.any;
  return "all" in where ? where.all : [where];
}

/** The parts as one condition; null when there is none. */
export function grouped(mode: Mode, all: Where[]): Where | null {
  if (!all.length) return null;
  if (mode === "none") return { not: all.length === 1 ? all[0] : { any: all } };
  return all.length === 1 ? all[0] : mode === "any" ? { any: all } : { all };
}

/** One condition from several; null when there is none. */
export function together(all: Where[]): Where | null {
  return all.length === 0 ? null : all.length === 1 ? all[0] : { all };
}

/** The field that a part is about, when it is about one alone. */
export function fieldOf(where: Where): string | null {
  if (isLeaf(where)) return where.field;
  const inner = "all" in where ? where.all : "any" in where ? where.any : [where.not];
  const fields = new Set(inner.map(fieldOf));
  return fields.size === 1 ? [...fields][0] : null;
}

/** The condition without what it says about one field. */
export function without(where: Where | null, field: string): Where | null {
  return together(parts(where).filter((part) => fieldOf(part) !== field));
}

/** The condition with a new part for a field, in the place of what was said about it before. */
export function withField(where: Where | null, field: string, part: Where | null): Where | null {
  const all = parts(where);
  const at = all.findIndex((one) => fieldOf(one) === field);
  const rest = all.filter((one) => fieldOf(one) !== field);
  if (part) rest.splice(at < 0 ? rest.length : Math.min(at, rest.length), 0, part);
  return together(rest);
}

/** What is said about a field. */
export function about(where: Where | null, field: string): Where | null {
  return parts(where).find((part) => fieldOf(part) === field) ?? null;
}
