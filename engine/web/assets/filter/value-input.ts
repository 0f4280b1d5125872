/** The control that a condition's value (or a batch change's) is given by, according to field and comparison. */
import { readDate } from "../base/dates";
import { el } from "../base/dom";
import { t } from "../base/language";
import type { Column } from "../grid/contract";
import { CHOICES, DATES, MANY, NUMBERS } from "../grid/contract";
import type { View } from "../grid/view";
import { LAST_DAYS, PERIODS } from "./periods";
import { picker } from "./picker";

/** `value()` is undefined while nothing usable is given. */
export interface ValueInput { node: HTMLElement; value(): unknown }

export function valueInput(view: View, column: Column, op: string, value: unknown): ValueInput {
  if (column.type === "switch") return yesNo(value);
  if (DATES.has(column.type) || /_at$/.test(column.type)) return op === "between" ? pair(column, value, date) : when(column, op, value);
  if (CHOICES.has(column.type) || column.options || /owner|_by$/.test(column.type)) return picker(view, column, op === "eq" && !MANY.has(column.type), value);
  if (NUMBERS.has(column.type) || ["right", "end"].includes(column.align ?? "")) return op === "between" ? pair(column, value, figure) : figure(column, value);
  return words(column, value);
}

function words(column: Column, value: unknown): ValueInput {
  const node = el("input", { class: "input", "aria-label": column.label, autofocus: true, value: typeof value === "string" ? value : "" });
  return { node, value: () => node.value.trim() || undefined };
}

function figure(column: Column, value: unknown): ValueInput {
  const percent = column.type === "percent";
  const shown = value === undefined || typeof value === "object" ? "" : percent ? `${Number(value) * 100}%` : String(value);
  const node = el("input", { class: "input num", inputmode: "decimal", "aria-label": column.label, autofocus: true, value: shown, placeholder: percent ? "75%" : "0" });
  const read = (): string | undefined => {
    const text = node.value.trim().replace(/[，,\s￥¥]/g, "");
    const wan = /^(-?[\d.]+)万$/.exec(text);
    if (wan) return String(Number(wan[1]) * 10_000);
    const share = /^(-?[\d.]+)[%％]$/.exec(text);
    if (share) return String(Number((Number(share[1]) / 100).toFixed(6)));
    return /^-?\d*\.?\d+$/.test(text) ? text : undefined;
  };
  return { node, value: read };
}

function date(column: Column, value: unknown): ValueInput {
  const input = el("input", { class: "input", "aria-label": column.label, autocomplete: "off", value: typeof value === "string" ? value : "" });
  return { node: el("jf-date", {}, input), value: () => readDate(input.value) ?? undefined };
}

function pair(column: Column, value: unknown, one: (column: Column, value: unknown) => ValueInput): ValueInput {
  const [low, high] = Array.isArray(value) ? value : [undefined, undefined];
  const from = one(column, low);
  const to = one(column, high);
  return {
    node: el("div", { class: "row" }, from.node, el("span", { class: "second" }, "–"), to.node),
    value: () => (from.value() !== undefined && to.value() !== undefined ? [from.value(), to.value()] : undefined),
  };
}

/** A date, a period, or the last so many days. */
function when(column: Column, op: string, value: unknown): ValueInput {
  const period = (value as { period?: string; n?: number }) ?? {};
  const fixed = typeof value === "string";
  const select = el("select", { class: "form-select", "aria-label": t("日期", "Date"), autofocus: true },
    ...PERIODS.map((one) => el("option", { value: one.key }, one.label)),
    ...(op === "eq" ? [el("option", { value: LAST_DAYS }, t("最近 N 天", "Last N days"))] : []), el("option", { value: "" }, t("具体日期", "A date")));
  select.value = fixed ? "" : (period.period ?? "this_month");
  const days = el("input", { class: "input num", type: "number", min: 1, max: 3650, "aria-label": t("天数", "Days"), value: period.n ?? 30 });
  const day = date(column, fixed ? value : undefined);
  const node = el("div", { class: "stack" }, select, days, day.node);
  const show = (): void => {
    days.hidden = select.value !== LAST_DAYS;
    day.node.hidden = select.value !== "";
  };
  select.addEventListener("change", show);
  show();
  return {
    node,
    value: () => (select.value === "" ? day.value() : select.value === LAST_DAYS ? { period: LAST_DAYS, n: Number(days.value) || 30 } : { period: select.value }),
  };
}

function yesNo(value: unknown): ValueInput {
  const node = el("select", { class: "form-select", "aria-label": t("是或否", "Yes or no") }, el("option", { value: "1" }, t("是", "Yes")), el("option", { value: "" }, t("否", "No")));
  node.value = value === false ? "" : "1";
  return { node, value: () => node.value === "1" };
}
