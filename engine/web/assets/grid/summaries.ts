/** How a column may be summed up, in words, and the menu that chooses. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Place } from "../base/float";
import type { Column } from "./contract";
import type { View } from "./view";

export function summaryWord(fn: string): string {
  switch (fn) {
    case "sum": return t("合计", "Sum");
    case "avg": return t("平均", "Avg");
    case "min": return t("最小", "Min");
    case "max": return t("最大", "Max");
    case "count": return t("已填", "Filled");
    default: return t("不汇总", "None");
  }
}

/** Choose how a column is summed up. */
export function chooseSummary(anchor: Element | Place, view: View, column: Column, closed?: () => void): void {
  const now = view.summaryOf(column);
  const shown = popover(anchor, t("汇总：{name}", "Summary: {name}", { name: column.label }), (column.summaries ?? []).map((fn) =>
    el("button", { type: "button", class: "menu-item", "aria-pressed": String(fn === now), onclick: () => {
      shown.close();
      view.set({ summary: { ...view.state.summary, [column.key]: fn } });
    } }, icon(fn === now ? "check" : "sum"), summaryWord(fn))), { menu: false, closed });
  shown.box.classList.add("summary-menu");
}
