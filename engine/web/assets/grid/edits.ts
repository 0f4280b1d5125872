/** Sends what one changed in cells: shown at once, kept when the server agrees, marked where it does not. */
import { Refused, post } from "../base/http";
import { count, t } from "../base/language";
import { toast } from "../elements/toast";
import type { Cell, Change, Outcome, Outcomes, Row } from "./contract";
import type { Marks } from "./cells";
import type { Rows } from "./rows";

/** One cell's new value: `raw` is sent; `shown` is what stands there until the answer comes. */
export interface Edit { row: Row; key: string; raw: unknown; text: boolean; shown?: Partial<Cell> }
export interface Conflict { row: Row; mine: Edit[]; theirs: Record<string, Cell>; version: number; who?: string; message?: string }

/** What is said once all answers are here. */
interface Told { cells: number; saved: number; warnings: Map<string, number> }
interface Sent { edit: Edit; before: Cell | undefined }

const BATCH = 500;
const UNDOABLE = 50;

export class Edits extends EventTarget implements Marks {
  #errors = new Map<string, string>();
  #before = new Map<string, Cell | undefined>();
  #pending = new Map<string, number>();
  #outside = new Set<number>();
  #done: Edit[][] = [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(readonly rows: Rows, readonly url: string) {
    super();
  }

  error(id: number, key: string): string | undefined { return this.#errors.get(`${id} ${key}`); }
  pending(id: number, key: string): boolean { return (this.#pending.get(`${id} ${key}`) ?? 0) > 0; }
  outside(id: number): boolean { return this.#outside.has(id); }

  /** A fresh list: edited rows that have left the filter are gone with it. */
  forget(): void {
    this.#outside.clear();
    this.#errors.clear();
    this.#before.clear();
  }

  /** Change cells; resolves when the server has answered. */
  apply(edits: Edit[], undoable = true): Promise<void> {
    const sent = edits.map((edit): Sent => {
      const at = `${edit.row.id} ${edit.key}`;
      const before = this.#before.has(at) ? this.#before.get(at) : edit.row.cells[edit.key];
      this.#errors.delete(at);
      this.#pending.set(at, (this.#pending.get(at) ?? 0) + 1);
      edit.row.cells[edit.key] = { v: edit.raw, t: typeof edit.raw === "string" ? edit.raw : "", ...edit.shown };
      return { edit, before };
    });
    this.#changed(edits);
    const work = this.#queue.then(() => this.#send(sent, undoable));
    this.#queue = work.catch(() => undefined);
    return work;
  }

  /** Take a refused value back and show what the record really holds. */
  dropError(row: Row, key: string): boolean {
    const at = `${row.id} ${key}`;
    if (!this.#errors.delete(at)) return false;
    this.#restore(row, key, this.#before.get(at));
    this.#before.delete(at);
    this.#changed([{ row, key, raw: null, text: false }]);
    return true;
  }

  /** Undo one's own last edit. */
  async undo(): Promise<void> {
    const last = this.#done.pop();
    if (!last) return toast(t("没有可以撤销的修改", "Nothing to undo"));
    await this.apply(last.map((edit) => ({ ...edit, row: this.rows.find(edit.row.id) ?? edit.row })), false);
    toast(t("已撤销", "Undone"));
  }

  async #send(sent: Sent[], undoable: boolean): Promise<void> {
    const undo: Edit[] = [];
    const faults: Told = { cells: 0, saved: 0, warnings: new Map() };
    for (const text of [true, false]) {
      const part = sent.filter(({ edit }) => edit.text === text);
      for (const batch of batches(part)) await this.#sendBatch(batch, text, undo, faults);
    }
    if (undoable && undo.length) this.#done = [...this.#done, undo].slice(-UNDOABLE);
    if (faults.saved) this.dispatchEvent(new CustomEvent("saved"));
    if (undoable && faults.saved > 1) toast({ text: t("已修改 {n} 个单元格", "{n} cells changed", { n: count(faults.saved) }), undo: () => void this.undo() });
    for (const [text, rows] of faults.warnings) toast(rows > 1 ? t("{n} 条：{text}", "{n} records: {text}", { n: count(rows), text }) : text);
    if (faults.cells && sent.length > 1) {
      toast({ bad: true, text: t("{good} 个单元格已保存，{bad} 个没有保存，已标红", "{good} cells saved; {bad} not saved, marked red", { good: count(faults.saved), bad: count(faults.cells) }) });
    }
  }

  async #sendBatch(batch: Map<Row, Sent[]>, text: boolean, undo: Edit[], faults: Told): Promise<void> {
    const all = [...batch.values()].flat();
    const changes = [...batch].map(([row, sent]): Change => ({ id: row.id, version: row.version, values: Object.fromEntries(sent.map(({ edit }) => [edit.key, edit.raw])) }));
    const { where, search, colors } = this.rows.view.state;
    try {
      const { results } = await post<Outcomes>(this.url, { changes, where, search, ...(colors.length ? { colors } : {}), ...(text ? { text: true } : {}) });
      const byId = new Map(results.map((outcome) => [outcome.id, outcome]));
      for (const [row, sent] of batch) {
        this.#settle(sent);
        this.#take(row, sent, byId.get(row.id), undo, faults);
      }
    } catch (reason) {
      this.#settle(all);
      for (const { edit, before } of all) this.#restore(edit.row, edit.key, before);
      const again = all.map(({ edit }) => edit);
      toast({ bad: true, text: (reason as Error).message, act: reason instanceof Refused && (reason.status === 0 || reason.status >= 500)
        ? { label: t("重试", "Try again"), run: () => void this.apply(again) } : undefined });
    }
    this.#changed(all.map(({ edit }) => edit));
  }

  #take(row: Row, sent: Sent[], outcome: Outcome | undefined, undo: Edit[], faults: Told): void {
    if (outcome?.cells) {
      this.#renew(row, outcome.cells);
      row.version = outcome.version ?? row.version;
      row.readonly = outcome.readonly ?? row.readonly;
      row.locked = outcome.locked;
      row.hidden = outcome.hidden;
      row.colors = outcome.colors;
      if (outcome.matches === false) this.#outside.add(row.id);
      if (outcome.matches === true) this.#outside.delete(row.id);
      for (const { edit, before } of sent) {
        this.#before.delete(`${row.id} ${edit.key}`);
        undo.push({ row, key: edit.key, raw: before?.v ?? null, text: false, shown: before ?? { t: "" } });
      }
      faults.saved += sent.length;
      for (const text of new Set(outcome.warnings?.map((one) => one.message))) faults.warnings.set(text, (faults.warnings.get(text) ?? 0) + 1);
      return;
    }
    if (outcome?.conflict) {
      const { version, cells, who, message } = outcome.conflict;
      for (const { edit, before } of sent) this.#restore(row, edit.key, before);
      const detail: Conflict = { row, mine: sent.map(({ edit }) => edit), theirs: cells, version, who, message };
      this.dispatchEvent(new CustomEvent("conflict", { detail }));
      return;
    }
    const errors = outcome?.errors ?? [{ message: t("没有保存", "Not saved") }];
    for (const { edit, before } of sent) {
      const found = errors.find((error) => error.field === edit.key) ?? errors.find((error) => !error.field || !sent.some((one) => one.edit.key === error.field));
      const at = `${row.id} ${edit.key}`;
      if (found) {
        this.#errors.set(at, found.message);
        this.#before.set(at, before);
        faults.cells += 1;
      } else {
        this.#restore(row, edit.key, before);
      }
    }
    if (sent.length === 1) toast({ bad: true, text: errors.map((error) => error.message).join(" ") });
  }

  /** Resolves when what was changed so far has been answered. */
  get settled(): Promise<unknown> { return this.#queue; }

  /** The row as it is stored now, with what formulas, linkages and rules have filled in and emptied; an answer must not
      overwrite a cell that was edited again meanwhile, or refused. */
  #renew(row: Row, cells: Record<string, Cell>): void {
    for (const key of new Set([...Object.keys(row.cells), ...Object.keys(cells)])) {
      if (!this.pending(row.id, key) && !this.error(row.id, key)) this.#restore(row, key, cells[key]);
    }
  }

  #restore(row: Row, key: string, cell: Cell | undefined): void {
    if (cell) row.cells[key] = cell;
    else delete row.cells[key];
  }

  #settle(sent: Sent[]): void {
    for (const { edit } of sent) {
      const at = `${edit.row.id} ${edit.key}`;
      const left = (this.#pending.get(at) ?? 1) - 1;
      if (left) this.#pending.set(at, left);
      else this.#pending.delete(at);
    }
  }

  #changed(edits: Edit[]): void {
    this.dispatchEvent(new CustomEvent("changed", { detail: new Set(edits.map((edit) => edit.row.id)) }));
  }
}

function* batches(sent: Sent[]): Generator<Map<Row, Sent[]>> {
  let batch = new Map<Row, Sent[]>();
  for (const one of sent) {
    if (!batch.has(one.edit.row) && batch.size >= BATCH) {
      yield batch;
      batch = new Map();
    }
    batch.set(one.edit.row, [...(batch.get(one.edit.row) ?? []), one]);
  }
  if (batch.size) yield batch;
}
