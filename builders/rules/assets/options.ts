/** The editor of option linkage: which options a field offers, by what another field holds. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import type { FieldDoc, Form } from "../../forms/assets/draft";
import { labelText } from "../../forms/assets/labels";
import { called, columnsOf, fieldAt, fields, one, part, several, when } from "./parts";
import type { Around, Choice, RuleDoc } from "./parts";

interface Option { value: string; label?: unknown }
const optionsOf = (field: FieldDoc | undefined): Choice[] => ((field?.options as Option[] | undefined) ?? []).map(({ value, label }) => ({ value, label: labelText(label) || value }));
export const offers = (field: FieldDoc): boolean => optionsOf(field).length > 0;

export function start(around: Omit<Around, "rule" | "change">): Partial<RuleDoc> | string {
  const found = fields(around.draft.document, offers);
  if (!found.length) return t("先在表单里加一个有选项的字段", "Add a field with options to the form first");
  /* What stands further up decides on what stands below it. */
  return begun(around.draft.document, (found.find(({ value }) => value !== found[0].value && deciders(around.draft.document, value).length) ?? found[0]).value);
}

/** A rule about the options of the field at a path, decided by the first field that may. */
export function begun(form: Form, path: string): Partial<RuleDoc> {
  const [by] = deciders(form, path);
  return { field: path, ...insideOf(path), ...(by ? { by: by.value, allow: {} } : { allow: [] }) };
}

const insideOf = (path: string): { inside?: string } => (path.includes(".") ? { inside: path.split(".")[0] } : {});

export function draw(around: Around): HTMLElement[] {
  const { rule, draft } = around;
  const field = fieldAt(draft.document, String(rule.field));
  const choices = optionsOf(field);
  const narrowed = t("哪个字段的选项", "Options of");
  const by = t("由什么决定", "Decided by");
  const parts = [
    part(narrowed, "/field", one(narrowed, fields(draft.document, offers), rule.field, (value) => around.change((now) => {
      now.field = value;
      delete now.inside;
      delete now.by;
      delete now.when;
      Object.assign(now, begun(draft.document, value));
    }, true))),
    part(by, "/by", one(by, deciders(draft.document, String(rule.field)), rule.by ?? "", (value) => around.change((now) => {
      delete now.by;
      now.allow = [];
      if (value) Object.assign(now, { by: value, allow: {} });
    }, true), t("只看条件", "a condition alone"))),
  ];
  if (!rule.by) {
    const title = t("可以选", "May be chosen");
    parts.push(when(around), part(title, "/allow", several(title, choices, rule.allow as string[], (values) => around.change((now) => { now.allow = values; }))));
    return parts;
  }
  const allow = rule.allow as Record<string, string[]>;
  const rows = optionsOf(besideField(around, String(rule.by))).map(({ value, label }) => el("div", { class: "rule-option", "data-place": `/allow/${value}` },
    el("span", { class: "truncate" }, label),
    several(label, choices, allow[value] ?? [], (values) => around.change((now) => {
      const all = { ...(now.allow as Record<string, string[]>) };
      if (values.length) all[value] = values;
      else delete all[value];
      now.allow = all;
    }))));
  parts.push(part(t("选了左边，右边可以选", "With what stands left, what stands right may be chosen"), "/allow", el("div", { class: "rule-options" }, ...rows), el("span", { class: "field-hint" }, t("没有列出的都可以选", "What is not listed leaves all to choose from"))), when(around));
  return parts;
}

/** The fields with options that may decide on those of the field at a path: of a column those beside it first. */
export function deciders(form: Form, path: string): Choice[] {
  const own = path.split(".").at(-1);
  const row = path.includes(".") ? form.fields.find(({ key }) => key === path.split(".")[0]) : undefined;
  const columns = row ? columnsOf(row).filter((field) => offers(field) && field.key !== own).map((field) => ({ value: field.key, label: `${called(row)} · ${called(field)}` })) : [];
  return [...columns, ...form.fields.filter((field) => offers(field) && field.key !== path && !columns.some(({ value }) => value === field.key)).map((field) => ({ value: field.key, label: called(field) }))];
}

function besideField({ draft, rule }: Around, key: string): FieldDoc | undefined {
  const row = draft.document.fields.find((field) => field.key === rule.inside);
  return (row && columnsOf(row).find((field) => field.key === key)) ?? fieldAt(draft.document, key);
}
