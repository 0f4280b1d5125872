/** The control that a condition's value (or a batch change's) is given by, according to field and comparison. */
import { readDate } from "../base/dates";
import { el } from "../base/dom";
import { t } from "../base/language";
import type { Column } from "../grid/contract";
import { CHOICES, DATES, MANY, NUMBERS } from "../grid/contract";
import type { Current, Fields } from "./fields";
import { AGO, AHEAD, LAST_DAYS, NEXT_DAYS, PERIODS, periodWords } from "./periods";
import { picker } from "./picker";

/** `value()` is undefined while nothing usable is given. */
export interface ValueInput { node: HTMLElement; value(): unknown }

export function valueInput(view: Fields, column: Column, op: string, value: unknown): ValueInput {
  const currents = op === "between" ? [] : (view.currents ?? []).filter(({ holds }) => comparable(holds, column.holds));
  const formula = typeof value === "object" && value && "formula" in value ? value : null;
  return currents.length || formula ? sourced(view, column, op, value, currents, formula) : fixed(view, column, op, value);
}

function fixed(view: Fields, column: Column, op: string, value: unknown): ValueInput {
  if (column.type === "switch") return yesNo(value);
  if (DATES.has(column.type) || /_at$/.test(column.type)) return op === "between" ? pair(column, value, date) : when(column, op, value);
  if (CHOICES.has(column.type) || column.options || /owner|_by$/.test(column.type)) return picker(view, column, op === "eq" && !MANY.has(column.type), value);
  if (NUMBERS.has(column.type) || ["right", "end"].includes(column.align ?? "")) return op === "between" ? pair(column, value, figure) : figure(column, value);
  return words(column, value);
}

/** A fixed value, or what another field of the form being filled holds now; a formula stays as it was written. */
function sourced(view: Fields, column: Column, op: string, value: unknown, currents: Current[], formula: object | null): ValueInput {
  const now = typeof value === "object" && value && "current" in value ? String(value.current) : null;
  const select = el("select", { class: "form-select", "aria-label": t("和什么比较", "Compared with"), autofocus: true }, el("option", { value: "" }, t("固定的值", "A fixed value")),
    currents.length > 0 && el("optgroup", { label: t("正在填写的", "In the form being filled") }, ...currents.map(({ key, label }) => el("option", { value: CURRENT + key }, t("当前的“{name}”", "The current “{name}”", { name: label })))),
    formula && el("option", { value: FORMULA }, t("公式 {text}", "Formula {text}", { text: String((formula as { formula: unknown }).formula) })));
  select.value = formula ? FORMULA : now !== null ? CURRENT + now : "";
  const inner = fixed(view, column, op, formula || now !== null ? undefined : value);
  const node = el("div", { class: "stack" }, select, inner.node);
  const show = (): void => {
    inner.node.hidden = select.value !== "";
  };
  select.addEventListener("change", show);
  show();
  return { node, value: () => (select.value === FORMULA ? formula : select.value ? { current: select.value.slice(CURRENT.length) } : inner.value()) };
}

const CURRENT = "current:";
const FORMULA = "formula";

const SORTS: Record<string, string> = { datetime: "date" };

function comparable(one: string, other?: string): boolean {
  return other !== undefined && (SORTS[one] ?? one) === (SORTS[other] ?? other);
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

/** A date, a period, so many days around today, or a day so far from it. */
function when(column: Column, op: string, value: unknown): ValueInput {
  const said = (typeof value === "object" && value ? value : {}) as { period?: string; n?: number; days_ago?: number; days_ahead?: number };
  const fixedDay = typeof value === "string";
  const counted = op === "eq"
    ? [[LAST_DAYS, t("最近 N 天", "Last N days")], [NEXT_DAYS, t("今后 N 天", "Next N days")]]
    : [[AGO, t("N 天前", "N days ago")], [AHEAD, t("N 天后", "N days ahead")]];
  const select = el("select", { class: "form-select", "aria-label": t("日期", "Date"), autofocus: true },
    ...PERIODS.map((one) => el("option", { value: one.key }, one.label)),
    ...counted.map(([key, label]) => el("option", { value: key }, label)), el("option", { value: "" }, t("具体日期", "A date")));
  const chosen = fixedDay ? "" : said.days_ago !== undefined ? AGO : said.days_ahead !== undefined ? AHEAD : (said.period ?? "this_month");
  if (chosen && ![...select.options].some((option) => option.value === chosen)) select.append(el("option", { value: chosen }, periodWords({ period: chosen, n: said.n })));
  select.value = chosen;
  const days = el("input", { class: "input num", type: "number", min: 0, max: 3650, "aria-label": t("天数", "Days"), value: said.n ?? said.days_ago ?? said.days_ahead ?? 30 });
  const day = date(column, fixedDay ? value : undefined);
  const node = el("div", { class: "stack" }, select, days, day.node);
  const isCounted = (): boolean => [LAST_DAYS, NEXT_DAYS, AGO, AHEAD].includes(select.value);
  const show = (): void => {
    days.hidden = !isCounted();
    day.node.hidden = select.value !== "";
  };
  select.addEventListener("change", show);
  show();
  return {
    node,
    value: () => {
      if (select.value === "") return day.value();
      const n = Number.parseInt(days.value, 10);
      if (select.value === AGO || select.value === AHEAD) return { [select.value]: Number.isNaN(n) ? 0 : n };
      return isCounted() ? { period: select.value, n: n || 30 } : { period: select.value };
    },
  };
}

function yesNo(value: unknown): ValueInput {
  const node = el("select", { class: "form-select", "aria-label": t("是或否", "Yes or no") }, el("option", { value: "1" }, t("是", "Yes")), el("option", { value: "" }, t("否", "No")));
  node.value = value === false ? "" : "1";
  return { node, value: () => node.value === "1" };
}
