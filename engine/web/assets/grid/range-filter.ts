/** From and to, for figures and dates, with the usual periods. */
import { el } from "../base/dom";
import { readDate } from "../base/dates";
import { t } from "../base/language";
import { isLeaf } from "../filter/conditions";
import { PERIODS } from "../filter/periods";
import type { Column, Where } from "./contract";
import { DATES } from "./contract";

export function rangeFilter(column: Column, now: Where | null, apply: (part: Where | null) => void): HTMLElement {
  const dates = DATES.has(column.type);
  const [low, high] = bounds(now);
  const input = (label: string, value: string): HTMLInputElement =>
    el("input", { class: dates ? "input" : "input num", inputmode: dates ? "numeric" : "decimal", placeholder: label, "aria-label": `${column.label} ${label}`, value });
  const from = input(dates ? t("从", "From") : t("不小于", "At least"), low);
  const to = input(dates ? t("到", "To") : t("不大于", "At most"), high);
  const use = (): void => {
    const part = between(column.key, read(from.value, dates), read(to.value, dates));
    if (part === undefined) return;
    apply(part);
  };
  for (const one of [from, to]) one.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    use();
  });
  const button = el("button", { type: "button", class: "btn btn-small", onclick: use }, t("确定", "Apply"));
  const periods = dates ? [el("div", { class: "chips periods" }, ...PERIODS.slice(0, 8).map((period) =>
    el("button", { type: "button", class: "chip", onclick: () => apply({ field: column.key, op: "eq", value: { period: period.key } }) }, period.label)))] : [];
  return el("div", { class: "range-filter" }, el("div", { class: "row" }, from, el("span", { class: "second" }, "–"), to, button), ...periods);
}

/** A figure as typed (thousands and percent signs allowed), or a date; null when empty, undefined when neither. */
function read(text: string, dates: boolean): string | null | undefined {
  const trimmed = text.trim().replace(/[，,\s]/g, "");
  if (!trimmed) return null;
  if (dates) return readDate(trimmed) ?? undefined;
  const percent = /^(-?[\d.]+)[%％]$/.exec(trimmed);
  const figure = percent ? String(Number(percent[1]) / 100) : trimmed;
  return /^-?\d*\.?\d+$/.test(figure) ? figure : undefined;
}

function between(field: string, low: string | null | undefined, high: string | null | undefined): Where | null | undefined {
  if (low === undefined || high === undefined) return undefined;
  if (low !== null && high !== null) return { field, op: "between", value: [low, high] };
  if (low !== null) return { field, op: "gte", value: low };
  return high !== null ? { field, op: "lte", value: high } : null;
}

function bounds(now: Where | null): [string, string] {
  if (!now || !isLeaf(now)) return ["", ""];
  if (now.op === "between" && Array.isArray(now.value)) return [String(now.value[0]), String(now.value[1])];
  if (now.op === "gte" || now.op === "gt") return [String(now.value), ""];
  return now.op === "lte" || now.op === "lt" ? ["", String(now.value)] : ["", ""];
}
