/** Reading and changing a condition: what stands at the top, and which leaf belongs to a field. */
import type { Where } from "../grid/contract";

export interface Leaf { field: string; op: string; value?: unknown }

export const isLeaf = (where: Where): where is Leaf => "field" in where;

/** The conditions that must all hold, as the chips show them. */
export function parts(where: Where | null): Where[] {
  if (!where) return [];
  return "all" in where ? where.all : [where];
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
