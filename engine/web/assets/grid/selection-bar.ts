/** What one may do with the ticked records; appears when something is ticked. */
import { el, icon } from "../base/dom";
import { post } from "../base/http";
import { count, t } from "../base/language";
import { follow } from "../elements/job";
import { toast } from "../elements/toast";
import { batchEdit } from "./batch-edit";
import type { Ticks } from "./ticks";
import type { View } from "./view";

export interface Done { count?: number; undo?: string; job?: string; message?: string }

export class SelectionBar {
  readonly bar = el("div", { class: "selection-bar grid-selection", role: "toolbar", hidden: true, "aria-label": t("选中的记录", "Selected records") });

  constructor(readonly ticks: Ticks, readonly view: View, readonly refresh: () => void) {
    ticks.addEventListener("ticks", () => this.draw());
  }

  /** As many as are ticked now, out of as many as there are now. */
  draw(): void {
    const { config } = this.view;
    const { ticks } = this;
    this.bar.hidden = !ticks.count;
    if (this.bar.hidden) return;
    const total = ticks.total();
    const all = !ticks.all && ticks.count < total && el("button", { type: "button", class: "btn btn-link", onclick: () => ticks.tickAll() }, t("选中全部 {n} 条", "Select all {n}", { n: count(total) }));
    const action = (picture: string, text: string, run: (button: HTMLElement) => void, kind = ""): HTMLElement => {
      const button = el("button", { type: "button", class: `btn btn-quiet btn-small ${kind}`, onclick: () => run(button) }, icon(picture), text);
      return button;
    };
    this.bar.replaceChildren(...[
      el("b", {}, t("已选 {n} 条", "{n} selected", { n: count(ticks.count) })), all,
      config.can.update && config.urls.selection && action("edit", t("批量修改", "Edit"), () => batchEdit(this.view, this.ticks.selection, (change) => void this.#do(config.urls.selection!, { action: "update", ...change }))),
      config.can.export && config.urls.export && action("download", t("导出", "Export"), () => void this.#do(config.urls.export!, {})),
      config.can.delete && config.urls.delete && action("trash", t("删除", "Delete"), () => void this.#do(config.urls.delete!, {}), "danger"),
      el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("取消选择", "Clear selection"), onclick: () => ticks.clear() }, icon("x")),
    ].filter((one) => one instanceof HTMLElement));
  }

  async #do(url: string, more: Record<string, unknown>): Promise<void> {
    this.bar.setAttribute("aria-busy", "true");
    try {
      const done = await post<Done>(url, { ...this.ticks.selection, ...more });
      if (done?.job) follow(done.job, done.message ?? t("正在处理选中的记录", "Working on the selected records"));
      else toast({ text: done?.message ?? t("已处理 {n} 条", "{n} done", { n: count(done?.count ?? this.ticks.count) }), undo: done?.undo ? () => void this.#undo(done.undo!) : undefined });
      this.ticks.clear();
      this.refresh();
    } catch (reason) {
      toast({ bad: true, text: (reason as Error).message });
    } finally {
      this.bar.removeAttribute("aria-busy");
    }
  }

  async #undo(url: string): Promise<void> {
    try {
      const done = await post<Done>(url, {});
      toast(done?.message ?? t("已撤销", "Undone"));
      this.refresh();
    } catch (reason) {
      toast({ bad: true, text: (reason as Error).message });
    }
  }
}
