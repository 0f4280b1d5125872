/** Sends what one changed in cells: shown at once over what the record holds, kept there where the server does not agree. */
import { Refused, post } from "../base/http";
import { count, t } from "../base/language";
import { toast } from "../elements/toast";
import type { Cell, Change, Outcome, Outcomes, Row } from "./contract";
import type { Marks } from "./cells";
import type { Rows } from "./rows";

/** One cell's new value: `raw` is sent; `shown` is what stands there until the answer comes. */
export interface Edit { row: Row; key: string; raw: unknown; text: boolean; shown?: Partial<Cell> }

/** What stands over a cell until it is settled: on its way, refused, or for a person to decide on. */
interface Over { edit: Edit; cell: Cell; version: number; pending: number; error?: string; clash?: string }
interface Sent { edit: Edit; over: Over }
/** What is said once all answers are here. */
interface Told { bad: number; saved: number; clashes: Edit[]; messages: Set<string>; warnings: Map<string, number> }

const BATCH = 500;
const UNDOABLE = 50;

export class Edits extends EventTarget implements Marks {
  #over = new Map<string, Over>();
  #outside = new Set<number>();
  #done: Edit[][] = [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(readonly rows: Rows, readonly url: string) {
    super();
  }

  /** What a cell shows: one's own value as long as it is not settled, else the record's. */
  cell(row: Row, key: string): Cell | undefined { return this.#at(row.id, key)?.cell ?? row.cells[key]; }
  error(id: number, key: string): string | undefined { return this.#at(id, key)?.error; }
  /** Whose change stands against one's own in a cell, as a sentence. */
  clash(id: number, key: string): string | undefined { return this.#at(id, key)?.clash; }
  pending(id: number, key: string): boolean { return (this.#at(id, key)?.pending ?? 0) > 0; }
  outside(id: number): boolean { return this.#outside.has(id); }

  /** A fresh list: edited rows that have left the filter are gone with it. */
  forget(): void {
    this.#outside.clear();
  }

  /** Change cells; resolves when the server has answered. What waits for a decision is changed here alone. */
  apply(edits: Edit[], undoable = true): Promise<void> {
    const sent: Sent[] = [];
    for (const edit of edits) {
      const { row, key } = edit;
      const before = this.#at(row.id, key);
      const cell: Cell = { v: edit.raw, t: typeof edit.raw === "string" ? edit.raw : "", ...edit.shown };
      const over = Object.assign(before ?? { version: row.version, pending: 0 }, { edit, cell, error: undefined }) as Over;
      this.#over.set(`${row.id} ${key}`, over);
      if (over.clash) {
        if (cell.t === (row.cells[key]?.t ?? "")) this.#over.delete(`${row.id} ${key}`);
        continue;
      }
      over.pending += 1;
      sent.push({ edit, over });
    }
    this.#changed(edits);
    const work = this.#queue.then(() => this.#send(sent, undoable));
    this.#queue = work.catch(() => undefined);
    return work;
  }

  /** Take a refused value back and show what the record really holds. */
  dropError(row: Row, key: string): boolean {
    if (!this.error(row.id, key)) return false;
    this.#drop(row, key);
    return true;
  }

  /** Two have changed one cell: theirs stays, or one's own replaces it. */
  decide(row: Row, key: string, mine: boolean): void {
    const over = this.#at(row.id, key);
    if (!over?.clash) return;
    if (!mine) return this.#drop(row, key);
    over.clash = undefined;
    over.version = row.version;
    void this.apply([{ ...over.edit, row }]);
  }

  /** Undo one's own last edit. */
  async undo(): Promise<void> {
    const last = this.#done.pop();
    if (!last) return toast(t("没有可以撤销的修改", "Nothing to undo"));
    await this.apply(last.map((edit) => ({ ...edit, row: this.rows.find(edit.row.id) ?? edit.row })), false);
    toast(t("已撤销", "Undone"));
  }

  /** How many cells are not saved: refused, for a person to decide on, on their way. */
  get unsaved(): { refused: number; clashing: number; pending: number } {
    const all = [...this.#over.values()];
    const refused = all.filter(({ error }) => error).length, clashing = all.filter(({ error, clash }) => clash && !error).length;
    return { refused, clashing, pending: all.length - refused - clashing };
  }

  /** Resolves when what was changed so far has been answered. */
  get settled(): Promise<unknown> { return this.#queue; }

  async #send(sent: Sent[], undoable: boolean): Promise<void> {
    const undo: Edit[] = [];
    const told: Told = { bad: 0, saved: 0, clashes: [], messages: new Set(), warnings: new Map() };
    for (const text of [true, false]) {
      for (const batch of batches(sent.filter(({ edit }) => edit.text === text))) await this.#sendBatch(batch, text, undo, told);
    }
    if (undoable && undo.length) this.#done = [...this.#done, undo].slice(-UNDOABLE);
    if (told.saved) this.dispatchEvent(new CustomEvent("saved"));
    this.#say(told, sent.length, undoable);
  }

  #say({ bad, saved, clashes, messages, warnings }: Told, sent: number, undoable: boolean): void {
    if (undoable && saved > 1) toast({ text: t("已修改 {n} 个单元格", "{n} cells changed", { n: count(saved) }), undo: () => void this.undo() });
    for (const [text, rows] of warnings) toast(rows > 1 ? t("{n} 条：{text}", "{n} records: {text}", { n: count(rows), text }) : text);
    if (bad && sent === 1) toast({ bad: true, text: [...messages].join(" ") });
    else if (bad) toast({ bad: true, text: t("{good} 个单元格已保存，{bad} 个没有保存，已标红", "{good} cells saved; {bad} not saved, marked red", { good: count(saved), bad: count(bad) }) });
    if (clashes.length) this.dispatchEvent(new CustomEvent("clash", { detail: clashes }));
  }

  async #sendBatch(batch: Map<Row, Sent[]>, text: boolean, undo: Edit[], told: Told): Promise<void> {
    const all = [...batch.values()].flat();
    const changes = [...batch].map(([row, sent]): Change => ({ id: row.id, version: sent[0].over.version, values: Object.fromEntries(sent.map(({ edit }) => [edit.key, edit.raw])) }));
    const { where, search, colors } = this.rows.view.state;
    try {
      const { results } = await post<Outcomes>(this.url, { changes, where, search, ...(colors.length ? { colors } : {}), ...(text ? { text: true } : {}) });
      const same = this.#shown();
      for (const { over } of all) over.pending -= 1;
      [...batch].forEach(([row, sent], at) => this.#take(row, same.get(row.id) ?? [], sent, results[at], undo, told));
    } catch (reason) {
      for (const { over } of all) over.pending -= 1;
      for (const { edit, over } of all) if (over.edit === edit) over.error = (reason as Error).message;
      const again = all.map(({ edit }) => edit);
      toast({ bad: true, text: (reason as Error).message, act: reason instanceof Refused && (reason.status === 0 || reason.status >= 500)
        ? { label: t("重试", "Try again"), run: () => void this.apply(again) } : undefined });
    }
    this.#changed(all.map(({ edit }) => edit));
  }

  #take(row: Row, same: Row[], sent: Sent[], outcome: Outcome, undo: Edit[], told: Told): void {
    const before = row.cells;
    const saved = new Set(outcome.saved), clashing = new Set(outcome.conflict?.fields);
    for (const one of new Set([row, ...same])) this.#renew(one, outcome);
    this.#rebase(row.id, outcome);
    for (const { edit, over } of sent) {
      if (saved.has(edit.key)) {
        if (!outcome.cells) row.cells = { ...row.cells, [edit.key]: over.cell };
        if (!outcome.others?.includes(edit.key)) undo.push({ row, key: edit.key, raw: before[edit.key]?.v ?? null, text: false, shown: before[edit.key] ?? { t: "" } });
        told.saved += 1;
        this.#clear(edit, over);
      } else if (clashing.has(edit.key)) {
        over.clash = outcome.conflict!.message;
        told.clashes.push(over.edit);
      } else {
        const errors = outcome.errors ?? [];
        const message = (errors.find(({ field }) => field === edit.key) ?? errors.find(({ field }) => !field || !sent.some((one) => one.edit.key === field)))?.message ?? t("没有保存", "Not saved");
        if (over.edit === edit) over.error = message;
        told.messages.add(message);
        told.bad += 1;
      }
    }
    for (const text of new Set(outcome.warnings?.map((one) => one.message))) told.warnings.set(text, (told.warnings.get(text) ?? 0) + 1);
  }

  /** The row as it is stored now, with what formulas, linkages, rules and others have changed in it. */
  #renew(row: Row, outcome: Outcome): void {
    const { cells, version } = outcome;
    if (version === undefined || version < row.version) return;
    row.version = version;
    if (!cells) return;
    row.cells = cells;
    row.readonly = outcome.readonly ?? row.readonly;
    row.locked = outcome.locked;
    row.hidden = outcome.hidden;
    row.colors = outcome.colors;
    if (outcome.matches === false) this.#outside.add(row.id);
    if (outcome.matches === true) this.#outside.delete(row.id);
  }

  /** What was typed into other cells meanwhile stands on the new version, except where somebody else has changed the cell. */
  #rebase(id: number, { version, others }: Outcome): void {
    if (version === undefined) return;
    const foreign = new Set(others);
    for (const over of this.#over.values()) {
      if (over.edit.row.id === id && !foreign.has(over.edit.key)) over.version = Math.max(over.version, version);
    }
  }

  /** Rows on the screen by record; one may stand in several groups. */
  #shown(): Map<number, Row[]> {
    const found = new Map<number, Row[]>();
    for (const [, row] of this.rows.known()) found.set(row.id, [...(found.get(row.id) ?? []), row]);
    return found;
  }

  #at(id: number, key: string): Over | undefined {
    return this.#over.get(`${id} ${key}`);
  }

  /** Nothing stands over the cell any more, unless it was edited again meanwhile. */
  #clear(edit: Edit, over: Over): void {
    if (over.edit === edit && !over.pending) this.#over.delete(`${edit.row.id} ${edit.key}`);
  }

  #drop(row: Row, key: string): void {
    this.#over.delete(`${row.id} ${key}`);
    this.#changed([{ row, key, raw: null, text: false }]);
  }

  #changed(edits: Edit[]): void {
    this.dispatchEvent(new CustomEvent("changed", { detail: new Set(edits.map((edit) => edit.row.id)) }));
  }
}

/** Changes that go together: every row once, as its cells were seen. */
function* batches(sent: Sent[]): Generator<Map<Row, Sent[]>> {
  let batch = new Map<Row, Sent[]>();
  for (const one of sent) {
    if (one.over.clash) {
      one.over.pending -= 1;
      continue;
    }
    const beside = batch.get(one.edit.row);
    if (beside ? beside[0].over.version !== one.over.version : batch.size >= BATCH) {
      yield batch;
      batch = new Map();
    }
    batch.set(one.edit.row, [...(batch.get(one.edit.row) ?? []), one]);
  }
  if (batch.size) yield batch;
}
