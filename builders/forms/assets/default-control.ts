/** What a field holds before anybody has filled it: a fixed value, one that is found, or one that is worked out. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { block, titled } from "./control";
import type { Context, Put } from "./control";
import { labelText } from "./labels";
import type { Schema } from "./types";

const FOUND: Record<string, string> = {
  me: t("填表的人", "Whoever fills it in"),
  my_department: t("填表人的部门", "Their department"),
  today: t("当天", "Today"),
  now: t("此刻", "Now"),
};

export function defaultControl(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const input = context.types.of(context.field.type).input;
  const now = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value)[0] : value === undefined || value === null ? "" : "fixed";
  const mode = el("select", { class: "input form-select", "aria-label": titled(name, schema) }, el("option", { value: "" }, t("无", "None")));
  const add = (key: string, label: string): void => void mode.append(el("option", { value: key, selected: key === now }, label));
  if (input) add("fixed", t("固定值", "A fixed value"));
  for (const key of schema["x-found"] ?? []) add(key, FOUND[key] ?? key);
  if (input && input !== "options") add("formula", t("公式", "A formula"));
  const place = el("div", {});
  const draw = (): void => place.replaceChildren(...(mode.value === "fixed" ? [fixed(input, value, set, context, titled(name, schema))] : mode.value === "formula" ? [formula(value, set, context)] : []));
  mode.addEventListener("change", () => {
    if (!mode.value) set(undefined);
    else if (mode.value in FOUND) set({ [mode.value]: true });
    else if (mode.value === "formula") set(undefined);
    draw();
    place.querySelector<HTMLElement>("input, select, textarea")?.focus();
  });
  draw();
  return block(name, schema, el("div", { class: "stack tight" }, mode, place));
}

function fixed(input: string, value: unknown, set: Put, context: Context, label: string): HTMLElement {
  const options = (context.field.options as { value: string; label?: unknown }[] | undefined) ?? [];
  if (input === "option") {
    const select = el("select", { class: "input form-select", "aria-label": label }, el("option", { value: "" }, t("请选择", "Choose")), ...options.map((one) => el("option", { value: one.value, selected: one.value === value }, labelText(one.label) || one.value)));
    select.addEventListener("change", () => set(select.value || undefined));
    return select;
  }
  if (input === "options") {
    const chosen = new Set((value as string[] | undefined) ?? []);
    return el("div", { class: "stack check-list" }, ...options.map((one) => {
      const tick = el("input", { type: "checkbox", checked: chosen.has(one.value) });
      tick.addEventListener("change", () => {
        if (tick.checked) chosen.add(one.value);
        else chosen.delete(one.value);
        set(chosen.size ? [...chosen] : undefined);
      });
      return el("label", { class: "check" }, tick, labelText(one.label) || one.value);
    }));
  }
  if (input === "boolean") {
    const tick = el("input", { class: "switch", type: "checkbox", role: "switch", checked: value === true, "aria-label": label });
    if (value === undefined) set(false);
    tick.addEventListener("change", () => set(tick.checked));
    return tick;
  }
  const plain = el("input", { class: "input", autocomplete: "off", "aria-label": label, inputmode: input === "number" ? "decimal" : undefined, placeholder: { date: "2026-03-01", datetime: "2026-03-01 09:00", time: "09:00" }[input] });
  plain.value = value === undefined || typeof value === "object" ? "" : String(value);
  plain.addEventListener("input", () => set(plain.value.trim() || undefined));
  return input === "date" || input === "datetime" ? el("jf-date", { time: input === "datetime" }, plain) : plain;
}

function formula(value: unknown, set: Put, context: Context): HTMLElement {
  const given = (value as { formula?: string } | undefined)?.formula ?? "";
  const area = el("textarea", { class: "input mono", rows: 2, spellcheck: "false", "aria-label": t("默认值的公式", "Formula of the default") });
  area.value = given;
  area.addEventListener("input", () => set(area.value.trim() ? { formula: area.value.trim() } : undefined));
  const inside = context.path.includes(".") ? context.path.split(".")[0] : undefined;
  return el("jf-formula", { url: `${context.base}/formulas`, inside, draft: true }, area);
}
