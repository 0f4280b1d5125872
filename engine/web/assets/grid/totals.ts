/** The foot of the grid: how many, and each column's total under its figures. */
import { el, icon } from "../base/dom";
import { post } from "../base/http";
import { count, t } from "../base/language";
import type { Totals as Answer } from "./contract";
import { NUMBER, isField } from "./columns";
import type { Grid } from "./csp";
import { chooseSummary, summaryWord } from "./summaries";
import type { View } from "./view";

const PAUSE = 400;

/** How many there are, in words; an estimate says that it is one. */
export function countWords(total: number, estimated: boolean): string {
  return estimated ? t("约 {n} 条", "about {n}", { n: count(total) }) : t("{n} 条", total === 1 ? "{n} record" : "{n} records", { n: count(total) });
}

export class Totals {
  #answer: Answer | null = null;
  #asking: AbortController | null = null;
  #timer = 0;
  #saved = "";
  /** Why there are no totals. */
  #missing = "";

  constructor(readonly view: View, readonly grid: Grid, readonly counted: (total: number, estimated: boolean) => void) {
    grid.onFooterRowCellRendered.subscribe((_event, { node }) => node.setAttribute("role", "gridcell"));
    grid.onFooterClick.subscribe((_event, { column: shown }) => {
      const column = shown && view.column(String(shown.id));
      const node = column && grid.getFooterRowColumn(shown.id);
      if (column?.summaries?.length && node) chooseSummary(node, view, column);
    });
  }

  later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.ask(), PAUSE);
  }

  async ask(): Promise<void> {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const { where, search } = this.view.state;
    const { measures } = this.view;
    try {
      const answer = await post<Answer>(this.view.config.urls.totals, { where, search, measures, fields: measures.map(({ field }) => field) }, asking.signal);
      this.#show(answer, "");
      this.counted(answer.count, Boolean(answer.estimated));
    } catch (reason) {
      /* Those of other conditions would be taken for these. */
      if (!asking.signal.aborted) this.#show(null, (reason as Error).message);
    }
  }

  #show(answer: Answer | null, missing: string): void {
    this.#answer = answer;
    this.#missing = missing;
    this.draw();
  }

  saved(moment: Date): void {
    this.#saved = moment.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
    this.draw();
  }

  draw(): void {
    const answer = this.#answer;
    for (const column of this.grid.getColumns()) {
      const node = this.grid.getFooterRowColumn(column.id);
      if (!node || !isField(column.id) && column.id !== NUMBER) continue;
      node.classList.toggle("can-sum", Boolean(this.view.column(String(column.id))?.summaries?.length));
      node.classList.toggle("num", column.cssClass?.includes("num") ?? false);
      const first = column.id === this.grid.getColumns()[1]?.id;
      if (column.id === NUMBER) node.replaceChildren(...this.#savedAt());
      else node.replaceChildren(...(first ? this.#count() : answer?.values[column.id] ? this.#total(String(column.id), answer) : []));
      tighten(node);
      node.title = column.id === NUMBER && this.#saved ? t("已保存 {time}", "Saved {time}", { time: this.#saved }) : (node.textContent ?? "");
    }
  }

  #count(): (Node | string)[] {
    if (!this.#answer) return this.#missing ? [el("span", { class: "second", title: this.#missing }, t("没有合计", "No totals"))] : [];
    const { count: total, estimated } = this.#answer;
    return [estimated ? countWords(total, true) : t("共 {n} 条", total === 1 ? "{n} record" : "{n} records", { n: count(total) })];
  }

  #savedAt(): Node[] {
    return this.#saved ? [el("span", { class: "foot-saved" }, icon("check", "small"), el("span", { class: "visually-hidden" }, t("已保存", "Saved")), this.#saved)] : [];
  }

  #total(key: string, answer: Answer): (Node | string)[] {
    const { fn, t: text, errors } = answer.values[key];
    const skipped = errors ? el("span", { class: "danger", title: t("{n} 条出错，未计入", "{n} errors left out", { n: errors }) }, ` !${errors}`) : "";
    return [el("span", { class: "second" }, `${summaryWord(fn)} `), el("b", {}, text), skipped];
  }
}

/** Where the word beside a figure would run into the neighbour's, it stands above the figure. */
function tighten(node: HTMLElement): void {
  node.classList.remove("tight");
  if (node.children.length < 2 || !node.previousElementSibling?.textContent) return;
  const needed = [...node.children].reduce((sum, child) => sum + child.getBoundingClientRect().width, 0);
  const { paddingLeft, paddingRight } = getComputedStyle(node);
  node.classList.toggle("tight", needed > node.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
}
