/** A million rows by windows of a hundred: what is on the screen is fetched, the rest is only counted. */
import { post } from "../base/http";
import type { Groups, Row, Rows as Answer } from "./contract";
import { Sections } from "./sections";
import type { Head } from "./sections";
import type { View } from "./view";

export const WINDOW = 100;
const PAUSE = 60;
const KEPT_WINDOWS = 60;
/** Windows of a grouped list that one request may ask for. */
const AT_ONCE = 40;

/** A line of the list as the grid draws it: a record, or the head of a group. */
export type Line = Row | { head: Head };
export const isHead = (line: Line): line is { head: Head } => "head" in line;

interface Window { section: number; number: number }
const nameOf = ({ section, number }: Window): string => `${section}/${number}`;

export class Rows extends EventTarget {
  readonly sections = new Sections();
  estimated = false;
  loaded = false;
  /** Whether there are more groups than are shown. */
  cut = false;
  #windows = new Map<string, Row[]>();
  #asking = new Map<string, AbortController>();
  #grouping: AbortController | null = null;
  #timer = 0;

  constructor(readonly view: View) {
    super();
    this.sections.flat(view.config.total ?? 0);
  }

  /** How many records there are. */
  get total(): number {
    return this.sections.records;
  }

  getLength = (): number => this.sections.lines;
  /** The record at a line; nothing for the head of a group, and for what is not here yet. */
  getItem = (line: number): Row => {
    const place = this.sections.place(line);
    if (!place) return undefined as unknown as Row;
    return this.#windows.get(nameOf({ section: place.section, number: Math.floor(place.offset / WINDOW) }))?.[place.offset % WINDOW] as Row;
  };

  /** What the grid draws. */
  readonly provider = {
    getLength: this.getLength,
    getItem: (line: number): Line | undefined => {
      const head = this.sections.head(line);
      return head ? { head } : this.getItem(line);
    },
    getItemMetadata: (line: number): { cssClasses: string } | null => {
      const head = this.sections.head(line);
      if (head) return { cssClasses: `group-row group-${head.depth}` };
      const color = this.getItem(line)?.colors?.[""];
      return color ? { cssClasses: `row-${color}` } : null;
    },
  };

  /** Rows that are here, with their lines. */
  *known(): Generator<[number, Row]> {
    for (const [name, rows] of this.#windows) {
      const [section, number] = name.split("/").map(Number);
      const { start, count } = this.sections.sections[section] ?? { start: 0, count: 0 };
      const first = number * WINDOW;
      for (let at = 0; at < rows.length && (first + at < count || !this.sections.grouped); at++) yield [start + first + at, rows[at]];
    }
  }

  indexOf(id: number): number {
    for (const [index, row] of this.known()) if (row.id === id) return index;
    return -1;
  }

  find(id: number): Row | undefined {
    const index = this.indexOf(id);
    return index < 0 ? undefined : this.getItem(index);
  }

  /** Forget all and begin again around a line; the old rows stay on the screen until new ones are here. */
  async restart(around = 0): Promise<void> {
    this.#abort();
    if (this.view.state.groups.length && this.view.config.urls.groups) return this.#regroup();
    const wasGrouped = this.sections.grouped;
    this.cut = false;
    await this.#fetch({ section: 0, number: wasGrouped ? 0 : Math.floor(around / WINDOW) }, true);
  }

  /** The screen shows these lines: fetch what is missing once the scrolling rests. */
  show(top: number, bottom: number): void {
    clearTimeout(this.#timer);
    const wanted = this.#windowsOf(Math.max(0, top - 20), Math.min(Math.max(this.getLength() - 1, 0), bottom + 20));
    const missing = wanted.filter((one) => !this.#windows.has(nameOf(one)) && !this.#asking.has(nameOf(one)));
    if (!missing.length) return;
    this.#timer = window.setTimeout(() => {
      const near = new Set(wanted.map(nameOf));
      for (const [name, asking] of this.#asking) if (!near.has(name)) asking.abort();
      if (missing.length === 1) void this.#fetch(missing[0], false);
      else for (let at = 0; at < missing.length; at += AT_ONCE) void this.#several(missing.slice(at, at + AT_ONCE));
    }, PAUSE);
  }

  /** Get a row that may be far away, for the side panel's next and previous. */
  async reach(line: number): Promise<Row | undefined> {
    const place = this.sections.place(line);
    if (place && !this.getItem(line) && line < this.getLength()) await this.#fetch({ section: place.section, number: Math.floor(place.offset / WINDOW) }, false);
    return this.getItem(line);
  }

  /** Get all rows of a range, as far as there are any. */
  async load(from: number, to: number): Promise<Row[]> {
    const rows: Row[] = [];
    for (let line = from; line <= Math.min(to, this.getLength() - 1); line++) {
      if (this.sections.head(line)) continue;
      const row = await this.reach(line);
      if (!row) break;
      rows.push(row);
    }
    return rows;
  }

  /** Open or close a group, or all of them. */
  toggle(line: number | "all", open?: boolean): void {
    const before = this.sections.sections;
    const kept = [...this.#windows];
    if (line === "all") this.sections.all(open ?? true);
    else this.sections.toggle(line, open);
    this.#abort();
    this.#windows.clear();
    const places = new Map(this.sections.sections.map(({ where }, section) => [where, section]));
    for (const [name, rows] of kept) {
      const [section, number] = name.split("/").map(Number);
      const now = places.get(before[section].where);
      if (now !== undefined) this.#windows.set(nameOf({ section: now, number }), rows);
    }
    this.dispatchEvent(new CustomEvent("rows", { detail: { from: 0, to: 0, fresh: true } }));
  }

  /** The subtotals anew after something was changed; every row stays where it is until the list is asked for again. */
  async refigure(): Promise<void> {
    if (!this.sections.grouped) return;
    const answer = await this.#groups().catch(() => null);
    if (answer) this.sections.refigure(answer.groups);
  }

  /** The exact or estimated count came with the totals. */
  counted(total: number, estimated: boolean): void {
    if (!this.sections.grouped) this.sections.flat(total);
    this.estimated = estimated;
  }

  /** What is asked for of the rows, whichever they are. */
  #asked(): Record<string, unknown> {
    const { where, sort, search, columns, colors } = this.view.state;
    const fields = [...new Set([this.view.config.title_key, ...columns.map(({ key }) => key)])];
    return { where, sort, search, fields, ...(colors.length ? { colors } : {}) };
  }

  #abort(): void {
    for (const asking of this.#asking.values()) asking.abort();
    this.#grouping?.abort();
    this.#asking.clear();
    clearTimeout(this.#timer);
  }

  #windowsOf(top: number, bottom: number): Window[] {
    const found = new Map<string, Window>();
    let line = top;
    while (line <= bottom) {
      const place = this.sections.place(line);
      if (!place) {
        line += 1;
        continue;
      }
      const one = { section: place.section, number: Math.floor(place.offset / WINDOW) };
      found.set(nameOf(one), one);
      const { start, count } = this.sections.sections[place.section];
      line = Math.min(start + (one.number + 1) * WINDOW, this.sections.grouped ? start + count : Infinity);
    }
    return [...found.values()];
  }

  async #regroup(): Promise<void> {
    const asking = (this.#grouping = new AbortController());
    try {
      const answer = await this.#groups(asking.signal);
      this.#windows.clear();
      this.cut = answer.cut;
      if (answer.groups.length) this.sections.group(answer.groups);
      else this.sections.flat(0);
      this.loaded = true;
      this.dispatchEvent(new CustomEvent("rows", { detail: { from: 0, to: 0, fresh: true } }));
    } catch (reason) {
      if (!asking.signal.aborted) this.dispatchEvent(new CustomEvent("failed", { detail: { reason, fresh: true } }));
    }
  }

  #groups(signal?: AbortSignal): Promise<Groups> {
    const { where, sort, search, groups } = this.view.state;
    return post<Groups>(this.view.config.urls.groups!, { where, sort, search, groups, measures: this.view.measures }, signal);
  }

  async #fetch(at: Window, fresh: boolean): Promise<void> {
    const asking = new AbortController();
    this.#asking.set(nameOf(at), asking);
    const inside = fresh ? null : this.sections.sections[at.section]?.where;
    try {
      const answer = await post<Answer>(this.view.config.urls.rows, { ...this.#asked(), ...(inside ? { inside } : {}), offset: at.number * WINDOW, limit: WINDOW }, asking.signal);
      if (fresh) {
        this.#windows.clear();
        this.sections.flat(answer.total ?? 0);
      }
      this.#take(at, answer);
      const from = this.sections.sections[at.section].start + at.number * WINDOW;
      this.dispatchEvent(new CustomEvent("rows", { detail: { from, to: from + answer.rows.length - 1, fresh } }));
    } catch (reason) {
      if (!asking.signal.aborted) this.dispatchEvent(new CustomEvent("failed", { detail: { reason, fresh } }));
    } finally {
      if (this.#asking.get(nameOf(at)) === asking) this.#asking.delete(nameOf(at));
    }
  }

  /** Windows of several groups by one request. */
  async #several(windows: Window[]): Promise<void> {
    const asking = new AbortController();
    for (const one of windows) this.#asking.set(nameOf(one), asking);
    const parts = windows.map(({ section, number }) => {
      const { where, count } = this.sections.sections[section];
      return { inside: where, offset: number * WINDOW, limit: Math.min(WINDOW, Math.max(1, count - number * WINDOW)) };
    });
    try {
      const answer = await post<{ parts: Row[][] }>(this.view.config.urls.rows, { ...this.#asked(), parts }, asking.signal);
      windows.forEach((one, at) => this.#keep(one, answer.parts[at]));
      const first = this.sections.sections[windows[0].section].start;
      const last = this.sections.sections[windows.at(-1)!.section];
      this.dispatchEvent(new CustomEvent("rows", { detail: { from: first, to: last.start + last.count - 1, fresh: false } }));
    } catch (reason) {
      if (!asking.signal.aborted) this.dispatchEvent(new CustomEvent("failed", { detail: { reason, fresh: false } }));
    } finally {
      for (const one of windows) if (this.#asking.get(nameOf(one)) === asking) this.#asking.delete(nameOf(one));
    }
  }

  #keep(at: Window, rows: Row[]): void {
    this.#windows.delete(nameOf(at));
    this.#windows.set(nameOf(at), rows);
    if (this.#windows.size > KEPT_WINDOWS + AT_ONCE) this.#windows.delete(this.#windows.keys().next().value!);
  }

  #take(at: Window, answer: Answer): void {
    this.#keep(at, answer.rows);
    this.loaded = true;
    if (this.sections.grouped) return;
    const end = at.number * WINDOW + answer.rows.length;
    let total = this.sections.records;
    if (answer.total !== undefined) {
      total = answer.total;
      this.estimated = Boolean(answer.estimated);
    } else if (answer.rows.length < WINDOW) {
      total = end;
    } else if (end >= total) {
      total = end + WINDOW;
    }
    this.sections.flat(total);
  }
}
