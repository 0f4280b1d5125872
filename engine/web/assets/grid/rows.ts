/** A million rows by windows of a hundred: what is on the screen is fetched, the rest is only counted. */
import { post } from "../base/http";
import type { Row, Rows as Answer } from "./contract";
import type { View } from "./view";

export const WINDOW = 100;
const PAUSE = 60;
const KEPT_WINDOWS = 60;

export class Rows extends EventTarget {
  total = 0;
  estimated = false;
  loaded = false;
  #windows = new Map<number, Row[]>();
  #asking = new Map<number, AbortController>();
  #timer = 0;

  constructor(readonly view: View) {
    super();
    this.total = view.config.total ?? 0;
  }

  getLength = (): number => this.total;
  getItem = (index: number): Row => this.#windows.get(Math.floor(index / WINDOW))?.[index % WINDOW] as Row;
  getItemMetadata = (): null => null;

  /** Rows that are here, with their places. */
  *known(): Generator<[number, Row]> {
    for (const [window, rows] of this.#windows) for (let at = 0; at < rows.length; at++) yield [window * WINDOW + at, rows[at]];
  }

  indexOf(id: number): number {
    for (const [index, row] of this.known()) if (row.id === id) return index;
    return -1;
  }

  find(id: number): Row | undefined {
    const index = this.indexOf(id);
    return index < 0 ? undefined : this.getItem(index);
  }

  /** Forget all and begin again around a row; the old rows stay on the screen until new ones are here. */
  async restart(around = 0): Promise<void> {
    for (const asking of this.#asking.values()) asking.abort();
    this.#asking.clear();
    await this.#fetch(Math.floor(around / WINDOW), true);
  }

  /** The screen shows these rows: fetch what is missing once the scrolling rests. */
  show(top: number, bottom: number): void {
    clearTimeout(this.#timer);
    const first = Math.max(0, Math.floor((top - 20) / WINDOW));
    const last = Math.floor(Math.min(Math.max(this.total - 1, 0), bottom + 20) / WINDOW);
    const missing: number[] = [];
    for (let window = first; window <= last; window++) if (!this.#windows.has(window) && !this.#asking.has(window)) missing.push(window);
    if (!missing.length) return;
    this.#timer = window.setTimeout(() => {
      for (const [at, asking] of this.#asking) if (at < first - 1 || at > last + 1) asking.abort();
      for (const one of missing) void this.#fetch(one, false);
    }, PAUSE);
  }

  /** Get a row that may be far away, for the side panel's next and previous. */
  async reach(index: number): Promise<Row | undefined> {
    if (!this.getItem(index) && index >= 0 && index < this.total) await this.#fetch(Math.floor(index / WINDOW), false);
    return this.getItem(index);
  }

  /** Get all rows of a range, as far as there are any. */
  async load(from: number, to: number): Promise<Row[]> {
    const rows: Row[] = [];
    for (let index = from; index <= Math.min(to, this.total - 1); index++) {
      const row = await this.reach(index);
      if (!row) break;
      rows.push(row);
    }
    return rows;
  }

  async #fetch(at: number, fresh: boolean): Promise<void> {
    const asking = new AbortController();
    this.#asking.set(at, asking);
    const { where, sort, search, columns } = this.view.state;
    const fields = [...new Set([this.view.config.title_key, ...columns.map(({ key }) => key)])];
    try {
      const answer = await post<Answer>(this.view.config.urls.rows, { where, sort, search, offset: at * WINDOW, limit: WINDOW, fields }, asking.signal);
      if (fresh) {
        this.#windows.clear();
        if (answer.total === undefined) this.total = 0;
      }
      this.#take(at, answer);
      this.dispatchEvent(new CustomEvent("rows", { detail: { from: at * WINDOW, to: at * WINDOW + answer.rows.length - 1, fresh } }));
    } catch (reason) {
      if (!asking.signal.aborted) this.dispatchEvent(new CustomEvent("failed", { detail: { reason, fresh } }));
    } finally {
      if (this.#asking.get(at) === asking) this.#asking.delete(at);
    }
  }

  #take(at: number, answer: Answer): void {
    this.#windows.delete(at);
    this.#windows.set(at, answer.rows);
    if (this.#windows.size > KEPT_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    const end = at * WINDOW + answer.rows.length;
    if (answer.total !== undefined) {
      this.total = answer.total;
      this.estimated = Boolean(answer.estimated);
    } else if (answer.rows.length < WINDOW) {
      this.total = end;
    } else if (end >= this.total) {
      this.total = end + WINDOW;
    }
    if (answer.rows.length < WINDOW && this.total > end && this.estimated) this.total = end;
    this.loaded = true;
  }

  /** The exact or estimated count came with the totals. */
  counted(total: number, estimated: boolean): void {
    this.total = total;
    this.estimated = estimated;
  }
}
