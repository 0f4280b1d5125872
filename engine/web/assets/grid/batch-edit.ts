/** One field of all ticked records: a fixed value, a formula or nothing, tried out before it is done. */
import { readDate } from "../base/dates";
import { el, icon } from "../base/dom";
import { post } from "../base/http";
import { count, t } from "../base/language";
import { valueInput } from "../filter/value-input";
import type { ValueInput } from "../filter/value-input";
import { define } from "../lazy";
import { DATES } from "./contract";
import type { Choice, Column, Selection } from "./contract";
import type { View } from "./view";

type Way = "value" | "formula" | "empty";

export interface Change { values?: Record<string, unknown>; formulas?: Record<string, string> }

interface Preview {
  rows: { id: number; title: string; state: "changed" | "same" | "refused"; message: string; before: string; after: string }[];
  total: number;
  tried: number;
  changed: number;
  same: number;
  refused: number;
}

/** The options of a field with how many of the records that were looked at may take each. */
interface Offered { options: (Choice & { count: number })[]; tried: number; total: number }

const PAUSE = 350;
/** What a formula is to give for a column's type; other types take texts and names too. */
const RESULTS: Record<string, string> = { number: "number", money: "money", percent: "percent", date: "date", datetime: "datetime" };

/** Ask what to change; `apply` does it. */
export function batchEdit(view: View, selection: Selection, apply: (change: Change) => void): void {
  const columns = view.config.columns.filter((column) => column.editable);
  if (columns.length) new BatchEdit(view, columns, selection, apply).open();
}

class BatchEdit {
  #field: HTMLSelectElement;
  #ways: HTMLElement;
  #place = el("div", { class: "batch-value" });
  #preview = el("div", { class: "batch-preview", "aria-live": "polite" });
  #go = el("button", { type: "button", class: "btn btn-primary" }, t("修改", "Change"));
  #dialog: HTMLDialogElement;
  #way: Way = "value";
  #change: () => Change | null = () => null;
  #timer = 0;
  #stop: AbortController | null = null;

  constructor(readonly view: View, readonly columns: Column[], readonly selection: Selection, readonly apply: (change: Change) => void) {
    this.#field = el("select", { class: "form-select", id: "batch-field" }, ...columns.map((column) => el("option", { value: column.key }, column.label)));
    this.#ways = el("div", { class: "segments", role: "group", "aria-label": t("改成什么", "Change to") },
      ...([["value", t("固定值", "A value")], ["formula", t("公式", "A formula")], ["empty", t("清空", "Nothing")]] as const).map(([way, label]) =>
        el("button", { type: "button", "data-way": way, "aria-pressed": String(way === this.#way), onclick: () => this.#turn(way) }, label)));
    const title = t("批量修改 {n} 条", selection.count === 1 ? "Change 1 record" : "Change {n} records", { n: count(selection.count) });
    const close = (): void => this.#dialog.close();
    this.#dialog = el("dialog", { class: "dialog wide batch-edit", "aria-label": title },
      el("div", { class: "dialog-header" }, el("h2", {}, title), el("button", { type: "button", class: "btn btn-quiet btn-icon", "aria-label": t("关闭", "Close"), onclick: close }, icon("x"))),
      el("div", { class: "dialog-body stack" },
        el("div", { class: "row wrap" }, el("div", { class: "grow" }, el("label", { class: "label", for: "batch-field" }, t("字段", "Field")), this.#field), this.#ways),
        this.#place, this.#preview),
      el("div", { class: "dialog-footer" }, el("button", { type: "button", class: "btn", onclick: close }, t("取消", "Cancel")), this.#go)) as HTMLDialogElement;
    this.#field.addEventListener("change", () => this.#draw());
    this.#go.addEventListener("click", () => this.#use());
    this.#dialog.addEventListener("close", () => {
      clearTimeout(this.#timer);
      this.#stop?.abort();
      this.#dialog.remove();
    });
  }

  open(): void {
    document.body.append(this.#dialog);
    this.#draw();
    this.#dialog.showModal();
    this.#field.focus();
  }

  get #column(): Column {
    return this.columns.find((column) => column.key === this.#field.value)!;
  }

  #turn(way: Way): void {
    this.#way = way;
    for (const one of this.#ways.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one.dataset.way === way));
    this.#draw();
  }

  #draw(): void {
    const { key } = this.#column;
    this.#say();
    if (this.#way === "empty") {
      this.#change = () => ({ values: { [key]: null } });
      this.#place.replaceChildren(el("p", { class: "second" }, t("“{field}”会变成空的。", "“{field}” will be empty.", { field: this.#column.label })));
      return this.#later();
    }
    if (this.#way === "value" && this.#column.by_record && this.#column.options) return void this.#offer(this.#column);
    if (this.#way === "value") {
      const input = DATES.has(this.#column.type) ? day(this.#column) : valueInput(this.view, this.#column, "eq", undefined);
      return this.#input(input);
    }
    const area = el("textarea", { class: "input", rows: 2, "aria-label": t("“{field}”的公式", "The formula for “{field}”", { field: this.#column.label }) });
    const editor = el("jf-formula", { url: this.view.config.urls.formulas!, result: RESULTS[this.#column.type] }, area);
    let sound = false;
    this.#change = () => (sound && area.value.trim() ? { formulas: { [key]: area.value } } : null);
    area.addEventListener("input", () => {
      sound = false;
      this.#say();
    });
    editor.addEventListener("jf:formula-checked", (event) => {
      sound = (event as CustomEvent<{ sound: boolean }>).detail.sound;
      this.#later();
    });
    this.#place.replaceChildren(editor);
    define(this.#place);
  }

  #input(input: ValueInput, ...more: Node[]): void {
    const { key } = this.#column;
    this.#change = () => (input.value() === undefined ? null : { values: { [key]: input.value() } });
    this.#place.replaceChildren(input.node, ...more);
    for (const event of ["input", "change", "click"]) input.node.addEventListener(event, () => this.#later());
    define(this.#place);
    this.#later();
  }

  /** Options that rules narrow: those that some of the records may take, with how many do. */
  async #offer(column: Column): Promise<void> {
    this.#change = () => null;
    const waiting = el("p", { class: "second" }, t("正在看这些记录可以选什么…", "Looking at what these records may take…"));
    this.#place.replaceChildren(waiting);
    let offered: Offered;
    try {
      offered = await post<Offered>(`${this.view.config.urls.selection!}/choices`, { ...this.selection, field: column.key });
    } catch (reason) {
      if (waiting.isConnected) waiting.replaceWith(el("p", { class: "field-error", role: "alert" }, (reason as Error).message));
      return;
    }
    if (!waiting.isConnected) return; /* another field, or another way, meanwhile */
    const { options, tried, total } = offered;
    const possible = options.filter((one) => one.count || tried < total);
    const hints = { n: count(tried) };
    const shown = possible.map((one) => (one.count < tried ? { ...one, hint: t("{n} 条中 {m} 条可选", "{m} of {n} may", { ...hints, m: count(one.count) }) } : one));
    const left = options.length - possible.length;
    this.#input(valueInput(this.view, { ...column, options: shown as Column["options"] }, "eq", undefined),
      ...(left ? [el("p", { class: "second" }, t("另有 {n} 个选项，所选记录按规则都不能选", "{n} more: by the rules none of these records may take them", { n: count(left) }))] : []));
  }

  /** Nothing to show while there is nothing to do. */
  #say(...nodes: Node[]): void {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    this.#go.toggleAttribute("disabled", true);
    this.#preview.replaceChildren(...nodes);
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#try(), PAUSE);
  }

  async #try(): Promise<void> {
    const change = this.#change();
    if (!change) return this.#say();
    this.#stop?.abort();
    const stop = (this.#stop = new AbortController());
    try {
      const found = await post<Preview>(`${this.view.config.urls.selection!}/preview`, { ...this.selection, ...change }, stop.signal);
      if (!stop.signal.aborted) this.#show(found);
    } catch (reason) {
      if (!stop.signal.aborted) this.#say(el("p", { class: "field-error", role: "alert" }, (reason as Error).message));
    }
  }

  #show(found: Preview): void {
    const said = [
      t("会修改 {n} 条", "{n} will change", { n: count(found.changed) }),
      ...(found.same ? [t("{n} 条不变", "{n} stay the same", { n: count(found.same) })] : []),
      ...(found.refused ? [t("{n} 条改不了", "{n} cannot be changed", { n: count(found.refused) })] : []),
    ].join(t("，", ", "));
    const some = found.tried < found.total;
    this.#go.toggleAttribute("disabled", !found.changed && !some);
    this.#preview.replaceChildren(
      el("p", {}, some ? el("span", { class: "second" }, t("前 {n} 条里：", "Of the first {n}: ", { n: count(found.tried) })) : null, el("b", {}, said)),
      el("div", { class: "table-wrap" }, el("table", { class: "table" },
        el("thead", {}, el("tr", {}, ...[t("记录", "Record"), t("现在", "Now"), t("改成", "Then")].map((title) => el("th", { scope: "col" }, title)))),
        el("tbody", {}, ...found.rows.map((row) => el("tr", { "data-state": row.state },
          el("td", { class: "truncate" }, row.title), el("td", { class: "second" }, row.before || "—"),
          row.state === "refused" ? el("td", { class: "danger" }, row.message) : el("td", {}, row.state === "same" ? el("span", { class: "second" }, t("不变", "the same")) : el("b", {}, row.after || "—"))))))));
  }

  #use(): void {
    const change = this.#change();
    if (!change) return;
    this.#dialog.close();
    this.apply(change);
  }
}

/** A date itself; a period such as this month is for conditions. */
function day(column: Column): ValueInput {
  const input = el("input", { class: "input", "aria-label": column.label, autocomplete: "off" });
  const time = column.type === "datetime";
  return { node: el("jf-date", { time }, input), value: () => (time ? input.value.trim() || undefined : (readDate(input.value) ?? undefined)) };
}
