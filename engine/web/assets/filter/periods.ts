/** Periods one filters dates by, in plain words. */
import { t } from "../base/language";

export interface Period { key: string; label: string }

export const PERIODS: Period[] = [
  { key: "today", label: t("今天", "Today") },
  { key: "yesterday", label: t("昨天", "Yesterday") },
  { key: "this_week", label: t("本周", "This week") },
  { key: "this_month", label: t("本月", "This month") },
  { key: "last_month", label: t("上月", "Last month") },
  { key: "this_quarter", label: t("本季度", "This quarter") },
  { key: "last_quarter", label: t("上季度", "Last quarter") },
  { key: "this_year", label: t("今年", "This year") },
  { key: "last_week", label: t("上周", "Last week") },
  { key: "last_year", label: t("去年", "Last year") },
  { key: "tomorrow", label: t("明天", "Tomorrow") },
  { key: "next_week", label: t("下周", "Next week") },
  { key: "next_month", label: t("下月", "Next month") },
  { key: "next_quarter", label: t("下季度", "Next quarter") },
  { key: "next_year", label: t("明年", "Next year") },
];

export const LAST_DAYS = "last_n_days";
export const NEXT_DAYS = "next_n_days";
/** Days counted from today, as the contract names them. */
export const AGO = "days_ago";
export const AHEAD = "days_ahead";

/** A period value in words. */
export function periodWords(value: { period: string; n?: number }): string {
  if (value.period === LAST_DAYS) return t("最近 {n} 天", "Last {n} days", { n: value.n ?? 0 });
  if (value.period === NEXT_DAYS) return t("今后 {n} 天", "Next {n} days", { n: value.n ?? 0 });
  return PERIODS.find((period) => period.key === value.period)?.label ?? value.period;
}
