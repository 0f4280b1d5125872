/** Fields of this form or of another, chosen by their names. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import type { Context, Put } from "./control";
import type { FieldDoc } from "./draft";
import { labelText } from "./labels";
import type { OtherField, Schema } from "./types";

/** The fields that a property may name: of the form in the property `form`, of the link in `via`, or of this form. */
export async function offered(schema: Schema, context: Context): Promise<OtherField[]> {
  const { field, draft, types } = context;
  const own = ownFields(context);
  let found = own;
  if (schema["x-of"] === "form") found = field.form ? await fieldsOf(String(field.form), context) : [];
  if (schema["x-of"] === "via") {
    const link = own.find((one) => one.path === field.via || (one.inside && one.key === field.via));
    found = link?.form ? await fieldsOf(link.form, context) : [];
  }
  const wanted = schema["x-types"];
  const links = schema["x-of"] === "form" && wanted?.includes("link");
  return found.filter((one) => !one.inside && (!wanted || wanted.includes(one.type)) && (!links || one.form === draft.document.key) && !types.of(one.type).layout && (found !== own || one.key !== field.key));
}

async function fieldsOf(form: string, context: Context): Promise<OtherField[]> {
  if (form === context.draft.document.key) return ownFields(context);
  return context.types.fieldsOf(form);
}

function ownFields({ draft, path }: Context): OtherField[] {
  const inside = path.includes(".") ? path.split(".")[0] : null;
  const as = (one: FieldDoc): OtherField => ({ path: one.key, key: one.key, label: labelText(one.label) || one.key, type: one.type, shown: one.type, form: (one.form as string) ?? null, inside: null });
  const columns = inside ? ((draft.document.fields.find((one) => one.key === inside)?.fields as FieldDoc[]) ?? []) : [];
  return [...columns.map(as), ...draft.document.fields.map(as)];
}

/** One field. */
export function fieldChoice(id: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const select = el("select", { class: "input form-select", id }, el("option", { value: "" }, t("请选择", "Choose")), value ? el("option", { value: String(value), selected: true }, String(value)) : null);
  void offered(schema, context).then((fields) => fillSelect(select, fields, value));
  select.addEventListener("change", () => set(select.value || undefined, true));
  return select;
}

function fillSelect(select: HTMLSelectElement, fields: OtherField[], value: unknown): void {
  select.replaceChildren(el("option", { value: "" }, fields.length ? t("请选择", "Choose") : t("没有可选的字段", "No field fits")), ...fields.map((one) => el("option", { value: one.path, selected: one.path === value }, one.label)));
  if (value && !fields.some((one) => one.path === value)) select.append(el("option", { value: String(value), selected: true }, String(value)));
}

/** Several fields, in the order in which they are ticked. */
export function fieldChecks(schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  let chosen = [...((value as string[] | undefined) ?? [])];
  const box = el("div", { class: "stack check-list" });
  void offered(schema, context).then((fields) => box.replaceChildren(...fields.map((one) => {
    const input = el("input", { type: "checkbox", checked: chosen.includes(one.path) });
    input.addEventListener("change", () => {
      chosen = input.checked ? [...chosen, one.path] : chosen.filter((path) => path !== one.path);
      set(chosen.length ? chosen : undefined);
    });
    return el("label", { class: "check" }, input, one.label);
  })));
  return box;
}

/** What is copied from a chosen record: its field, and the field here that takes it. */
export function fillRows(schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  let rows = Object.entries((value as Record<string, string> | undefined) ?? {});
  const box = el("div", { class: "property-rows" });
  const own = ownFields(context).filter((one) => one.key !== context.field.key && !context.types.of(one.type).computed && !context.types.of(one.type).layout);
  const keep = (): void => {
    const whole = rows.filter(([from, to]) => from && to);
    set(whole.length ? Object.fromEntries(whole) : undefined);
  };
  const draw = (fields: OtherField[]): void => box.replaceChildren(
    ...rows.map(([from, to], number) => {
      const source = el("select", { class: "input form-select", "aria-label": t("对方的字段", "Field of the other record") });
      fillSelect(source, fields, from);
      const target = el("select", { class: "input form-select", "aria-label": t("填入这里的字段", "Field here") });
      fillSelect(target, own, to);
      for (const select of [source, target]) select.addEventListener("change", () => { rows[number] = [source.value, target.value]; keep(); });
      return el("div", { class: "property-row fill-row" }, source, icon("arrow-right"), target,
        el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("移除", "Remove"), onclick: () => { rows.splice(number, 1); draw(fields); keep(); } }, icon("x")));
    }),
    el("button", { type: "button", class: "btn btn-link", onclick: () => { rows = [...rows, ["", ""]]; draw(fields); box.querySelector<HTMLElement>(".fill-row:last-of-type select")?.focus(); } }, icon("plus"), t("添加", "Add")));
  void offered(schema, context).then(draw);
  return box;
}
