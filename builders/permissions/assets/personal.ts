/** Values that depend on the person, as options of the condition editor: {"me": true} is "@me" there. */
import type { Where } from "../../../engine/web/assets/grid/contract";

type Personal = Record<string, boolean>;

const TAGS: [string, Personal][] = [
  ["@my_department_below", { my_department: true, below: true }],
  ["@my_department", { my_department: true }],
  ["@me", { me: true }],
  ["@my_reports", { my_reports: true }],
  ["@headed_by_me", { headed_by_me: true }],
];

/** The condition as the editor takes it: tags, and lists where it offers choices. */
export function spoken(where: Where): Where {
  return through(where, (leaf) => {
    const tagged = Array.isArray(leaf.value) ? leaf.value.map(tag) : tag(leaf.value);
    const single = typeof tagged === "string" && tagged.startsWith("@");
    if (!single) return { ...leaf, value: tagged };
    return { ...leaf, op: leaf.op === "eq" ? "in" : leaf.op === "contains" ? "contains_any" : leaf.op, value: [tagged] };
  });
}

/** The condition as the definition holds it. */
export function written(where: Where): Where {
  return through(where, (leaf) => {
    const value = Array.isArray(leaf.value) ? leaf.value.map(untag) : untag(leaf.value);
    const alone = Array.isArray(value) && value.length === 1 && typeof value[0] === "object" ? value[0] : value;
    return leaf.value === undefined ? leaf : { ...leaf, value: alone };
  });
}

function through(where: Where, change: (leaf: { field: string; op: string; value?: unknown }) => Where): Where {
  if ("field" in where) return change(where);
  if ("all" in where) return { all: where.all.map((one) => through(one, change)) };
  if ("any" in where) return { any: where.any.map((one) => through(one, change)) };
  return { not: through(where.not, change) };
}

function tag(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const names = Object.keys(value);
  return TAGS.find(([, personal]) => Object.keys(personal).length === names.length && names.every((name) => name in personal))?.[0] ?? value;
}

function untag(value: unknown): unknown {
  return TAGS.find(([name]) => name === value)?.[1] ?? value;
}
