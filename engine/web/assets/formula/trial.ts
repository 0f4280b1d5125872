/** The grey block: the formula worked out for a real record, with each step. */
import { el, icon } from "../base/dom";
import { get, post } from "../base/http";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Names } from "./names";
import { valued, worked } from "./working";
import type { Piece, Step } from "./working";

interface RecordName { id: number; title: string }
interface Tried { record: RecordName | null; pieces?: Piece[]; steps?: Step[]; value?: string | null; error?: string | null; readable?: boolean; no_row?: boolean }

const PAUSE = 200;

export class Trial {
  readonly node = el("div", { class: "formula-trial", hidden: true, "aria-live": "polite" });
  #record: RecordName | null = null;
  #asked = 0;
  #stop: AbortController | null = null;

  constructor(readonly names: Names, readonly more: () => Record<string, unknown>) {}

  #text = "";

  /** Work a sound formula out. */
  async run(text: string): Promise<void> {
    this.#text = text;
    const asked = ++this.#asked;
    this.#stop?.abort();
    this.#stop = new AbortController();
    const sent = { formula: text, ...(this.#record ? { record: this.#record.id } : {}), ...(this.names.inside ? { inside: this.names.inside } : {}), draft: this.names.draft, ...this.more() };
    try {
      const tried = await post<Tried>(`${this.names.url}/trial`, sent, this.#stop.signal);
      if (asked === this.#asked) this.#draw(tried);
    } catch (reason) {
      if (asked === this.#asked && !this.#stop.signal.aborted) this.#say((reason as Error).message);
    }
  }

  /** Nothing to work out now. */
  rest(): void {
    this.#asked += 1;
    this.#stop?.abort();
    this.node.hidden = true;
  }

  #say(text: string): void {
    this.node.hidden = false;
    this.node.replaceChildren(el("p", { class: "second" }, text));
  }

  #draw(tried: Tried): void {
    this.node.hidden = false;
    if (!tried.record) return this.#say(t("还没有数据可以试算。", "There is no record to try it on yet."));
    const choose = el("button", { type: "button", class: "formula-record", "aria-haspopup": "dialog" },
      el("span", {}, t("用记录“{title}”试算", "Tried on “{title}”", { title: tried.record.title })), icon("chevron-down"));
    choose.addEventListener("click", () => void this.#choose(choose));
    if (tried.no_row) return this.node.replaceChildren(choose, el("p", { class: "second" }, t("这条记录的子表里还没有行。", "The record has no row in this subform yet.")));
    if (tried.readable === false) return this.node.replaceChildren(choose, ...valued(tried.pieces), el("p", { class: "second" }, t("公式用到了您无权查看的数据。", "The formula uses data that you may not see.")));
    const bad = tried.error !== null && tried.error !== undefined;
    const result = el("p", { class: bad ? "formula-result danger" : "formula-result good" }, "= ", el("b", {}, tried.value ?? ""), bad && tried.error ? el("span", {}, ` ${tried.error}`) : null);
    this.node.replaceChildren(choose, ...valued(tried.pieces), ...worked(tried.steps), result);
  }

  async #choose(button: HTMLElement): Promise<void> {
    const list = el("div", { class: "field-list", role: "listbox", "aria-label": t("记录", "Records") });
    const search = el("input", { class: "input", type: "search", placeholder: t("找一条记录", "Find a record"), "aria-label": t("找一条记录", "Find a record") });
    const shown = popover(button, t("选择试算的记录", "Choose a record"), [search, list]);
    const fill = async (): Promise<void> => {
      const query = new URLSearchParams({ q: search.value.trim(), ...(this.names.draft ? { draft: "1" } : {}) });
      const { records } = await get<{ records: RecordName[] }>(`${this.names.url}/records?${query}`).catch(() => ({ records: [] }));
      list.replaceChildren(...records.map((one) => el("button", { type: "button", class: "menu-item", role: "option", "aria-selected": String(one.id === this.#record?.id), onclick: () => {
        this.#record = one;
        shown.close();
        button.focus();
        void this.run(this.#text);
      } }, el("span", { class: "truncate" }, one.title))));
      if (!records.length) list.replaceChildren(el("p", { class: "second" }, t("没有找到", "Nothing found")));
    };
    let timer = 0;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void fill(), PAUSE);
    });
    await fill();
  }
}
