/** Another key for a field that is not live yet, followed through everything of the form that names it. */
import type { FieldDoc, Form } from "./draft";
import { found, insideOf, keyOf, pathOf } from "./structure";
import type { Schema, Types } from "./types";

/** Give the field another key, in place. Answers its new path. */
export function renameKey(form: Form, path: string, key: string, types: Types): string {
  const field = found(form, path);
  if (!field) return path;
  const inside = insideOf(path);
  field.key = key;
  const [before, after] = [path, pathOf(inside, key)];
  for (const one of form.fields) {
    follow(one, null);
    for (const column of (one.type === "subform" ? (one.fields as FieldDoc[]) : []) ?? []) follow(column, one.key);
  }
  if (inside === null && typeof form.title === "string") form.title = form.title.replaceAll(`{${before}}`, `{${after}}`);
  for (const part of ["rules", "views", "layout", "unique"]) if (form[part] !== undefined) form[part] = through(form[part], before, after, part);
  return after;

  function follow(one: FieldDoc, parent: string | null): void {
    for (const [name, schema] of Object.entries(types.of(one.type).properties)) {
      if (one[name] === undefined) continue;
      one[name] = renamed(one[name], schema, parent);
    }
    if (typeof one.default === "object" && one.default) {
      const given = one.default as { formula?: string };
      if (given.formula) given.formula = inFormula(given.formula, named(parent), after);
    }
  }

  function renamed(value: unknown, schema: Schema, parent: string | null): unknown {
    if (schema["x-kind"] === "formula") return inFormula(inFormula(String(value), before, after), named(parent), inside !== null && parent === inside ? key : after);
    if (schema["x-kind"] === "field" && !schema["x-of"]) return value === named(parent) ? key : value;
    if (schema["x-kind"] === "fill") return Object.fromEntries(Object.entries(value as object).map(([from, to]) => [from, to === named(parent) ? key : to]));
    if (schema["x-kind"] === "condition") return current(value, before, after);
    if (schema.type === "array" && Array.isArray(value) && schema.items) {
      const kinds = schema.items.oneOf ?? [schema.items];
      return value.map((row) => (typeof row !== "object" || !row ? row : Object.fromEntries(Object.entries(row).map(([name, part]) => {
        const one = kinds.find((kind) => kind.properties?.[name])?.properties?.[name];
        return [name, one ? renamed(part, one, parent) : part];
      }))));
    }
    return value;
  }

  /** What the field is called where a field of `parent` names it. */
  function named(parent: string | null): string {
    return inside !== null && parent === inside ? keyOf(before) : before;
  }
}

/** The name in a formula, not in its texts and not as a part of a longer name. */
function inFormula(formula: string, before: string, after: string): string {
  const escaped = before.replaceAll(".", "\\.");
  return formula.split(/("(?:[^"]|"")*")/).map((part, number) => (number % 2 ? part : part.replaceAll(new RegExp(`(?<![\\w.])${escaped}(?![\\w])`, "g"), after))).join("");
}

function current(value: unknown, before: string, after: string): unknown {
  if (Array.isArray(value)) return value.map((one) => current(one, before, after));
  if (typeof value !== "object" || !value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, name === "current" && part === before ? after : current(part, before, after)]));
}

/** What of rules, views and layout names the field. */
const NAMES = new Set(["field", "group_by", "date", "badge", "subtitle", "number", "person", "picture", "progress", "current", "end", "title"]);
const LISTS = new Set(["facts", "columns", "fields", "unique", "show", "hide", "require", "lock"]);
const MAPS = new Set(["summary", "set"]);

function through(value: unknown, before: string, after: string, under = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => (one === before && LISTS.has(under) ? after : through(one, before, after, under)));
  if (typeof value !== "object" || !value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => {
    const renamed = name === before && MAPS.has(under) ? after : name;
    if (name === "formula" && typeof part === "string") return [renamed, inFormula(part, before, after)];
    if (part === before && NAMES.has(name)) return [renamed, after];
    return [renamed, through(part, before, after, name)];
  }));
}
