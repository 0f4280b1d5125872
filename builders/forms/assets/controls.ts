/** One control a kind of property: by its JSON type, or by what its schema says that it means. */
import { el } from "../../../engine/web/assets/base/dom";
import { language, t } from "../../../engine/web/assets/base/language";
import { actionControl, iconControl, madeRecords } from "./action-control";
import { beside, block, hintOf, id, standing, titled } from "./control";
import type { Context, Control, Put } from "./control";
import { defaultControl } from "./default-control";
import type { FieldDoc } from "./draft";
import { fieldChecks, fieldChoice, fillRows } from "./field-choices";
import { labelControl } from "./label-control";
import { labelText, relabelled } from "./labels";
import { optionsEditor } from "./options";
import { nameable } from "./own-names";
import { objectRows, textLines } from "./rows";
import { sourceRows } from "./source-rows";
import type { Schema } from "./types";

const KINDS: Record<string, Control> = {
  key: keyControl,
  label: (name, schema, value, set, context) => labelControl(name, titled(name, schema), value, set, context.draft.languages, { hint: hintOf(schema), main: name === "label", named: context.named }),
  long_label: (name, schema, value, set, context) => labelControl(name, titled(name, schema), value, set, context.draft.languages, { hint: hintOf(schema), long: name !== "hint" }),
  width: segments,
  options: (name, schema, value, set, context) => block(name, schema, optionsEditor(value, set, context)),
  default: (name, schema, value, set, context) => defaultControl(name, schema, value, set, context),
  formula: formula,
  condition: condition,
  form: formChoice,
  field: (name, schema, value, set, context) => block(name, schema, fieldChoice(id(name), schema, value, set, context)),
  fields: (name, schema, value, set, context) => block(name, schema, fieldChecks(schema, value, set, context)),
  fill: (name, schema, value, set, context) => block(name, schema, fillRows(schema, value, set, context)),
  departments: (name, schema, value, set, context) => block(name, schema, departmentChecks(value, set, context)),
  action: actionControl,
  icon: iconControl,
  made_records: madeRecords,
  sources: (name, schema, value, set, context) => block(name, schema, sourceRows(schema, value, set, context)),
  words: (name, schema, value, set) => block(name, schema, textLines(id(name), value, set)),
};

/** The control of a property, with its label and hint. */
export function control(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const known = KINDS[schema["x-kind"] ?? ""];
  if (known) return known(name, schema, value, set, context);
  if (schema.enum) return choice(name, schema, value, set, context);
  if (schema.type === "boolean" && schema["x-follows"]) return following(name, schema, value, set);
  if (schema.type === "boolean") return toggle(name, schema, value, set, context);
  if (schema.type === "integer" || schema.type === "number") return figure(name, schema, value, set, context);
  if (schema.type === "array" && (schema.items?.type === "object" || schema.items?.oneOf)) return block(name, schema, objectRows(schema, value, set, context));
  if (schema.type === "array" && schema.items?.enum) return block(name, schema, checks(schema.items, value, set));
  if (schema.type === "array") return block(name, schema, textLines(id(name), value, set, schema.items?.type === "integer"));
  if (schema.type === "object" && schema.properties) return parts(name, schema, value, set, context);
  return text(name, schema, value, set);
}

function toggle(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const rest = Boolean(standing(schema, context.field));
  const input = el("input", { class: "switch", type: "checkbox", role: "switch", checked: Boolean(value ?? rest) });
  input.addEventListener("change", () => set(input.checked === rest ? undefined : input.checked));
  return beside(name, schema, input);
}

/** Yes, no, or as it is where the value comes from. */
function following(name: string, schema: Schema, value: unknown, set: Put): HTMLElement {
  const select = el("select", { class: "input form-select" }, ...([["", t("随来源", "As its source")], ["true", t("是", "Yes")], ["false", t("否", "No")]] as const).map(([one, label]) => el("option", { value: one, selected: one === String(value ?? "") }, label)));
  select.addEventListener("change", () => set(select.value ? select.value === "true" : undefined));
  return beside(name, schema, select);
}

function figure(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const rest = standing(schema, context.field);
  const input = el("input", { class: "input num figure", type: "text", placeholder: rest === undefined ? undefined : String(rest), inputmode: schema.type === "integer" ? "numeric" : "decimal", value: value === undefined || value === null ? "" : String(value), autocomplete: "off" });
  input.addEventListener("input", () => {
    const said = input.value.trim();
    const number = Number(said);
    const wrong = said !== "" && (Number.isNaN(number) || (schema.type === "integer" && !Number.isInteger(number)) || number < (schema.minimum ?? -Infinity) || number > (schema.maximum ?? Infinity));
    input.setAttribute("aria-invalid", String(wrong));
    if (!wrong) set(said === "" ? undefined : number);
  });
  return beside(name, schema, input);
}

function choice(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const select = el("select", { class: "input form-select" });
  if (!context.required.includes(name)) select.append(el("option", { value: "" }, t("未设置", "Not set")));
  for (const one of schema.enum!) select.append(el("option", { value: one, selected: one === value }, labelText(schema["x-labels"]?.[one]) || one));
  select.addEventListener("change", () => set(select.value || undefined, true));
  return beside(name, schema, select);
}

function segments(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const standing = value ?? (context.types.of(context.field.type).wide ? "1" : "1/2");
  const group = el("div", { class: "width-choice", role: "group", "aria-label": titled(name, schema) });
  for (const one of schema.enum!) group.append(el("button", { type: "button", class: "btn", "aria-pressed": String(one === standing), onclick: () => {
    set(one);
    for (const button of group.children) button.setAttribute("aria-pressed", String(button.textContent === label(one)));
  } }, label(one)));
  function label(one: string): string {
    return labelText(schema["x-labels"]?.[one]) || one;
  }
  return context.path.includes(".") ? el("div", { hidden: true }) : beside(name, schema, group, false);
}

function text(name: string, schema: Schema, value: unknown, set: Put): HTMLElement {
  const long = (schema.maxLength ?? 0) > 500;
  const input = long ? el("textarea", { class: "input", rows: 3 }) : el("input", { class: "input", autocomplete: "off" });
  input.value = value === undefined || value === null ? "" : String(value);
  input.addEventListener("input", () => set(input.value.trim() || undefined));
  return block(name, schema, input);
}

function keyControl(name: string, schema: Schema, value: unknown, _: Put, context: Context): HTMLElement {
  const input = el("input", { class: "input mono", value: String(value ?? ""), readonly: context.published, autocomplete: "off", spellcheck: "false", maxlength: 63 });
  input.addEventListener("change", () => {
    const wanted = input.value.trim();
    const right = /^[a-z][a-z0-9_]{0,62}$/.test(wanted);
    input.setAttribute("aria-invalid", String(!right));
    if (right && wanted !== value) context.renamed(wanted);
  });
  const box = block(name, schema, input);
  box.append(el("p", { class: "field-hint" }, context.published ? t("已发布，不能再改", "Published, so it stays") : t("小写字母、数字和下划线；发布后不能再改", "Small letters, digits and underscores; stays once published")));
  return box;
}

function formula(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const begun = context.field.type === "formula" && value === "0" ? "" : value;
  const area = el("textarea", { class: "input mono", rows: 3, name, spellcheck: "false", placeholder: t("如：数量 * 单价", "e.g. quantity * price") });
  area.value = String(begun ?? "");
  area.setAttribute("aria-label", titled(name, schema));
  area.addEventListener("input", () => set(area.value.trim() || (context.required.includes(name) ? "0" : undefined)));
  const inside = context.path.includes(".") ? context.path.split(".")[0] : undefined;
  nameable(context);
  const own = context.field.type === "formula" ? context.path.split(".").pop() : undefined;
  return block(name, schema, el("jf-formula", { url: `${context.base}/formulas`, inside, draft: true, field: own }, area));
}

function condition(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const hidden = el("input", { type: "hidden", name, value: value ? JSON.stringify(value) : "" });
  hidden.addEventListener("input", () => set(hidden.value ? JSON.parse(hidden.value) : undefined));
  const [, , app, form] = context.base.split("/");
  const about = schema["x-of"] === "form" && typeof context.field.form === "string" ? context.field.form : form;
  return block(name, schema, el("jf-condition", { url: `/a/${app}/${about}/conditions`, current: schema["x-of"] ? form : undefined, draft: true, label: titled(name, schema) }, hidden));
}

function formChoice(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const select = el("select", { class: "input form-select" });
  if (!context.required.includes(name)) select.append(el("option", { value: "" }, t("未设置", "Not set")));
  for (const form of context.types.forms) select.append(el("option", { value: form.key, selected: form.key === value }, form.label));
  select.addEventListener("change", () => {
    const labels = context.field.label as Record<string, string> | undefined;
    const was = context.types.forms.find((one) => one.key === value)?.label;
    const type = context.types.of(context.field.type).label;
    set(select.value || undefined, true);
    const chosen = context.types.forms.find((one) => one.key === select.value)?.label;
    /* A field that still has the name of its type takes the form's. */
    if (chosen && !context.published && [type, was, "选择数据", "Chosen data"].includes(labelText(labels)))
      context.draft.change(t("改名", "Rename"), (form) => {
        const list = context.path.includes(".") ? (form.fields.find((one) => one.key === context.path.split(".")[0])?.fields as FieldDoc[]) : form.fields;
        const field = list.find((one) => one.key === context.field.key);
        if (field) field.label = relabelled(field.label, language, chosen);
      }, `${context.path}/form`);
    if (chosen) context.named();
  });
  return block(name, schema, select);
}

function checks(items: Schema, value: unknown, set: Put): HTMLElement {
  const chosen = new Set((value as string[] | undefined) ?? []);
  return el("div", { class: "stack check-list" }, ...items.enum!.map((one) => {
    const input = el("input", { type: "checkbox", checked: chosen.has(one) });
    input.addEventListener("change", () => {
      if (input.checked) chosen.add(one);
      else chosen.delete(one);
      set(chosen.size ? items.enum!.filter((name) => chosen.has(name)) : undefined);
    });
    return el("label", { class: "check" }, input, labelText(items["x-labels"]?.[one]) || one);
  }));
}

function departmentChecks(value: unknown, set: Put, context: Context): HTMLElement {
  const chosen = new Set((value as number[] | undefined) ?? []);
  return el("div", { class: "stack check-list" }, ...context.types.departments.map(({ id: one, label }) => {
    const input = el("input", { type: "checkbox", checked: chosen.has(one) });
    input.addEventListener("change", () => {
      if (input.checked) chosen.add(one);
      else chosen.delete(one);
      set(chosen.size ? [...chosen] : undefined);
    });
    return el("label", { class: "check pre" }, input, label);
  }), context.types.departments.length ? null : el("p", { class: "field-hint" }, t("还没有部门", "There are no departments yet")));
}

/** An object of named parts: each part with a control of its own. */
function parts(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  let now = { ...((value as Record<string, unknown>) ?? {}) };
  /* A part that names a field of a form means the form beside it. */
  const field = { ...context.field, ...now } as FieldDoc;
  const inner = Object.entries(schema.properties!).map(([part, one]) => control(`${name}-${part}`, one, now[part], (given, whole) => {
    const { [part]: _, ...rest } = now;
    now = given === undefined ? rest : { ...rest, [part]: given };
    set(Object.keys(now).length ? now : undefined, whole);
  }, { ...context, field, required: (schema.required ?? []).map((part) => `${name}-${part}`) }));
  return block(name, schema, el("div", { class: "property-parts" }, ...inner));
}
