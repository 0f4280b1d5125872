/** A month to pick a day from (cally), in the page's language. */
import "cally";
import { el, icon } from "./dom";
import { today, written } from "./dates";
import { language, t } from "./language";

export function calendar(value: string, pick: (date: string) => void): HTMLElement {
  const month = el("calendar-date", { locale: language, "first-day-of-week": 1, today: written(today()), ...(/^\d{4}-\d{2}-\d{2}$/.test(value) ? { value } : {}) },
    el("span", { slot: "previous", "aria-label": t("上个月", "Previous month") }, icon("chevron-left")),
    el("span", { slot: "next", "aria-label": t("下个月", "Next month") }, icon("chevron-right")),
    el("calendar-month"));
  month.addEventListener("change", () => pick((month as unknown as { value: string }).value));
  const button = el("button", { type: "button", class: "btn btn-small", tabindex: -1, onclick: () => pick(written(today())) }, t("今天", "Today"));
  return el("div", { class: "calendar-box" }, month, el("div", { class: "row end" }, button));
}
