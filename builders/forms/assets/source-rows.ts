/** Values for fields: each field with where its value comes from. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { define } from "../../../engine/web/assets/lazy";
import type { Context, Put } from "./control";
import { offered } from "./field-choices";
import { labelText } from "./labels";
import { small } from "./rows";
import type { OtherField, Schema } from "./types";

type Pair = [field: string, value: unknown];

const KINDS: Record<string, string> = {
  fixed: t("固定值", "A fixed value"),
  field: t("这条数据的字段", "A field of this record"),
  formula: t("公式", "A formula"),
  me: t("按的人", "Whoever presses"),
  my_department: t("按的人的部门", "Their department"),
  today: t("当天", "Today"),
  now: t("此刻", "Now"),
  made: t("前面新建的", "One made before"),
  empty: t("清空", "Nothing"),
};
const FOUND = ["me", "my_department", "today", "now"];
const REFERENCES = ["member", "members", "department", "departments", "link", "links"];

export function sourceRows(schema: Schema, value: unknown, set: Put, context: Context, made: Record<string, string> = {}): HTMLElement {
  let pairs = Object.entries((value as Record<string, unknown> | undefined) ?? {}) as Pair[];
  const box = el("div", { class: "property-rows" });
  const keep = (): void => set(Object.fromEntries(pairs.filter(([field]) => field)));
  void Promise.all([offered({ "x-of": schema["x-of"] }, context), offered({}, context)]).then(([targets, own]) => {
    const fields = targets.filter((one) => !context.types.of(one.type).computed && one.type !== "subform");
    if (!fields.some((one) => one.path === "owner")) fields.push({ path: "owner", key: "owner", label: t("负责人", "Owner"), type: "member", shown: "member", form: null, inside: null });
    const draw = (): void => box.replaceChildren(
      ...pairs.map((_, number) => line(number)),
      el("button", { type: "button", class: "btn btn-link", onclick: () => { pairs = [...pairs, ["", undefined]]; draw(); box.querySelector<HTMLElement>(".property-row:last-of-type select")?.focus(); } }, icon("plus"), t("添加字段", "Add a field")));
    const line = (number: number): HTMLElement => {
      const [path, given] = pairs[number];
      const target = fields.find((one) => one.path === path);
      const field = el("select", { class: "input form-select", "aria-label": t("字段", "Field") }, el("option", { value: "" }, t("请选择", "Choose")),
        ...fields.map((one) => el("option", { value: one.path, selected: one.path === path, disabled: one.path !== path && pairs.some(([other]) => other === one.path) }, one.label)),
        path && !target ? el("option", { value: path, selected: true }, path) : null);
      const put = (next: unknown): void => { pairs[number] = [pairs[number][0], next]; keep(); };
      const kind = el("select", { class: "input form-select", "aria-label": t("值从哪来", "Where the value comes from") }, ...kindsFor(target, context, made).map((one) => el("option", { value: one, selected: one === kindOf(given) }, KINDS[one])));
      const place = el("div", {});
      const inside = (): void => {
        place.replaceChildren(...(target ? editor(kind.value, target, pairs[number][1], put, context, own, made) : []));
        define(place);
      };
      field.addEventListener("change", () => { pairs[number] = [field.value, started(kindsFor(fields.find((one) => one.path === field.value), context, made)[0])]; draw(); keep(); });
      kind.addEventListener("change", () => { put(started(kind.value)); inside(); place.querySelector<HTMLElement>("input, select, textarea")?.focus(); });
      inside();
      return el("div", { class: "property-row" }, el("div", { class: "grow" }, field, target ? kind : null, place),
        el("div", { class: "row-tools" }, small("x", t("移除", "Remove"), false, () => { pairs.splice(number, 1); draw(); keep(); })));
    };
    draw();
  });
  return box;
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  const name = typeof value === "object" && !Array.isArray(value) ? Object.keys(value as object)[0] : "";
  return name && name in KINDS && name !== "fixed" ? name : "fixed";
}

function started(kind: string): unknown {
  if (FOUND.includes(kind)) return { [kind]: true };
  return kind === "empty" ? null : undefined;
}

function kindsFor(target: OtherField | undefined, context: Context, made: Record<string, string>): string[] {
  if (!target) return ["fixed"];
  const found = context.types.of(target.type).properties.default?.["x-found"] ?? [];
  const refers = REFERENCES.includes(target.type);
  const kinds = refers ? [] : ["fixed"];
  kinds.push(...FOUND.filter((one) => found.includes(one)));
  if (target.type === "link" && Object.values(made).includes(target.form ?? "")) kinds.push("made");
  kinds.push("field");
  if (!refers && context.types.of(target.type).input !== "options") kinds.push("formula");
  return [...kinds, "empty"];
}

function editor(kind: string, target: OtherField, value: unknown, put: (next: unknown) => void, context: Context, own: OtherField[], made: Record<string, string>): HTMLElement[] {
  const label = t("{field}的值", "Value of {field}", { field: target.label });
  if (kind === "fixed") return [fixed(target, value, put, context, label)];
  if (kind === "field" || kind === "made") {
    const here = kind === "made" ? Object.entries(made).filter(([, form]) => form === target.form).map(([key, form]) => ({ value: key, label: context.types.forms.find((one) => one.key === form)?.label ?? key }))
      : fitting(target, own, context).map((one) => ({ value: one.path, label: one.label }));
    const given = (value as Record<string, string> | undefined)?.[kind] ?? "";
    const select = el("select", { class: "input form-select", "aria-label": label }, el("option", { value: "" }, here.length ? t("请选择", "Choose") : t("没有可选的", "Nothing fits")), ...here.map((one) => el("option", { value: one.value, selected: one.value === given }, one.label)));
    select.addEventListener("change", () => put(select.value ? { [kind]: select.value } : undefined));
    return [select];
  }
  if (kind !== "formula") return [];
  const area = el("textarea", { class: "input mono", rows: 2, spellcheck: "false", "aria-label": label });
  area.value = (value as { formula?: string } | undefined)?.formula ?? "";
  area.addEventListener("input", () => put(area.value.trim() ? { formula: area.value.trim() } : undefined));
  return [el("jf-formula", { url: `${context.base}/formulas`, draft: true }, area)];
}

function fitting(target: OtherField, own: OtherField[], context: Context): OtherField[] {
  const text = ["text", "textarea"].includes(target.type);
  const found = own.filter((one) => one.type !== "subform" && (text || one.shown === target.type || (!REFERENCES.includes(one.type) && !REFERENCES.includes(target.type) && context.types.of(one.shown).input === context.types.of(target.type).input)) && (!target.form || one.form === target.form));
  if (target.type === "link" && target.form === context.draft.document.key) found.unshift({ path: "id", key: "id", label: t("这条数据本身", "This record itself"), type: "count", shown: "count", form: null, inside: null });
  if (target.type === "member") found.push({ path: "owner", key: "owner", label: t("负责人", "Owner"), type: "member", shown: "member", form: null, inside: null });
  return found;
}

function fixed(target: OtherField, value: unknown, put: (next: unknown) => void, context: Context, label: string): HTMLElement {
  const input = context.types.of(target.type).input;
  const field = context.draft.document.fields.find((one) => one.key === target.path);
  const options = (target.form === null && field?.type === target.type ? (field.options as { value: string; label?: unknown }[]) : undefined) ?? [];
  if (input === "boolean" || options.length) {
    const yes = [{ value: "true", label: t("是", "Yes") }, { value: "false", label: t("否", "No") }];
    const select = el("select", { class: "input form-select", "aria-label": label }, el("option", { value: "" }, t("请选择", "Choose")),
      ...(input === "boolean" ? yes : options).map((one) => el("option", { value: one.value, selected: String(value) === one.value }, labelText(one.label) || one.value)));
    select.addEventListener("change", () => put(select.value === "" ? undefined : input === "boolean" ? select.value === "true" : select.value));
    return select;
  }
  const plain = el("input", { class: "input", autocomplete: "off", "aria-label": label, inputmode: input === "number" ? "decimal" : undefined });
  plain.value = value === undefined || typeof value === "object" ? "" : String(value);
  plain.addEventListener("input", () => put(plain.value.trim() || undefined));
  return plain;
}
