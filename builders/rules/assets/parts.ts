/** The parts that the editors of rules are made of: fields to choose from, a condition, a text, a switch. */
import { el } from "../../../engine/web/assets/base/dom";
import { language, t } from "../../../engine/web/assets/base/language";
import type { Draft, FieldDoc, Form } from "../../forms/assets/draft";
import { labelText } from "../../forms/assets/labels";
import type { Types } from "../../forms/assets/types";

export interface RuleDoc { key: string; kind: string; [name: string]: unknown }
export interface Around {
  draft: Draft;
  types: Types;
  rule: RuleDoc;
  /** One step in the draft: what `edit` makes of the rule. */
  change(edit: (rule: RuleDoc) => void, again?: boolean): void;
}
export interface Choice { value: string; label: string }
type Where = Record<string, unknown>;

const LAYOUT = new Set(["section", "tab", "note", "button"]);

/** The form's fields and its subforms' columns. */
export function fields(form: Form, wanted: (field: FieldDoc, inside: FieldDoc | null) => boolean): Choice[] {
  const found: Choice[] = [];
  for (const field of form.fields) {
    if (wanted(field, null)) found.push({ value: field.key, label: called(field) });
    for (const column of columnsOf(field)) if (wanted(column, field)) found.push({ value: `${field.key}.${column.key}`, label: `${called(field)} · ${called(column)}` });
  }
  return found;
}

export const called = (field: FieldDoc): string => labelText(field.label) || field.key;
export const isLayout = (field: FieldDoc): boolean => LAYOUT.has(field.type);

export function columnsOf(field: FieldDoc): FieldDoc[] {
  return field.type === "subform" && Array.isArray(field.fields) ? (field.fields as FieldDoc[]) : [];
}

export function fieldAt(form: Form, path: string): FieldDoc | undefined {
  const [key, column] = path.split(".");
  const field = form.fields.find((one) => one.key === key);
  return column && field ? columnsOf(field).find((one) => one.key === column) : field;
}

/** A part of the panel with its name; `place` is where faults about it belong. */
export function part(title: string, place: string, ...inside: (HTMLElement | string | null)[]): HTMLElement {
  return el("div", { class: "rule-part", "data-place": place }, el("span", { class: "label" }, title), ...inside);
}

/** Several fields as one picker. */
export function several(title: string, choices: Choice[], chosen: readonly string[], set: (values: string[]) => void): HTMLElement {
  const select = el("select", { class: "input form-select", multiple: true, "aria-label": title });
  for (const { value, label } of sorted(choices, chosen)) select.append(el("option", { value, selected: chosen.includes(value) }, label));
  select.addEventListener("change", () => set([...select.selectedOptions].map(({ value }) => value)));
  return el("jf-select", {}, select);
}

/** What is chosen comes first, in its order; what is gone stays to be seen. */
function sorted(choices: Choice[], chosen: readonly string[]): Choice[] {
  const known = new Map(choices.map((one) => [one.value, one]));
  return [...chosen.map((value) => known.get(value) ?? { value, label: value }), ...choices.filter(({ value }) => !chosen.includes(value))];
}

export function one(title: string, choices: Choice[], value: unknown, set: (value: string) => void, nothing?: string): HTMLElement {
  const select = el("select", { class: "input form-select", "aria-label": title });
  if (nothing !== undefined) select.append(el("option", { value: "" }, nothing));
  else if (!choices.some((choice) => choice.value === value)) select.append(el("option", { value: "", selected: true, disabled: true }, String(value || t("请选择", "Choose"))));
  for (const choice of choices) select.append(el("option", { value: choice.value, selected: choice.value === value }, choice.label));
  select.addEventListener("change", () => set(select.value));
  return select;
}

export function toggle(title: string, on: boolean, set: (on: boolean) => void): HTMLElement {
  const input = el("input", { type: "checkbox", checked: on });
  input.addEventListener("change", () => set(input.checked));
  return el("label", { class: "check" }, input, el("span", {}, title));
}

/** Whether the rule looks at the record or at each row of a subform; only for forms that have one. */
export function inside(around: Around, changed: (rule: RuleDoc) => void): HTMLElement | null {
  const subforms = around.draft.document.fields.filter((field) => field.type === "subform").map((field) => ({ value: field.key, label: t("{name}的每一行", "each row of {name}", { name: called(field) }) }));
  if (!subforms.length) return null;
  const title = t("用于", "Looks at");
  return part(title, "/inside", one(title, subforms, around.rule.inside ?? "", (value) => around.change((rule) => {
    if (value) rule.inside = value;
    else delete rule.inside;
    changed(rule);
  }, true), t("整条记录", "the whole record")));
}

/** The rule's condition over the form itself; inside a subform columns are shown as the form calls them. */
export function when(around: Around): HTMLElement {
  const { rule, draft } = around;
  const title = t("满足条件时", "Where this holds");
  const row = typeof rule.inside === "string" ? rule.inside : "";
  const keys = new Set(row ? columnsOf(draft.document.fields.find((field) => field.key === row)!).map(({ key }) => key) : []);
  const hidden = el("input", { type: "hidden", name: "when", value: rule.when ? JSON.stringify(renamed(rule.when as Where, (path) => (keys.has(path.split(".")[0]) ? `${row}.${path}` : path))) : "" });
  hidden.addEventListener("input", () => around.change((now) => {
    const where = hidden.value ? (JSON.parse(hidden.value) as Where) : null;
    if (where) now.when = renamed(where, (path) => (row && path.startsWith(`${row}.`) ? path.slice(row.length + 1) : path));
    else delete now.when;
  }));
  return part(title, "/when", el("jf-condition", { url: `${base(draft)}/conditions`, draft: true, label: title, none: t("没有条件：始终如此", "No condition: always") }, hidden));
}

/** A condition with its fields named otherwise. */
export function renamed(where: Where, rename: (path: string) => string): Where {
  return Object.fromEntries(Object.entries(where).map(([name, value]) => {
    if (name === "field" && typeof value === "string") return [name, rename(value)];
    if (name === "all" || name === "any") return [name, (value as Where[]).map((one) => renamed(one, rename))];
    return [name, name === "not" ? renamed(value as Where, rename) : value];
  }));
}

/** `/a/app/form`. */
export const base = (draft: Draft): string => draft.url.replace(/\/design$/, "");
export const here = (): string => language;
