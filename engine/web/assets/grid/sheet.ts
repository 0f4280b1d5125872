/** The grid as a sheet: which cell is active, what keys do, how editing begins and ends. */
import { count, t } from "../base/language";
import { keepPlaced, place } from "../base/float";
import { toast } from "../elements/toast";
import { Catcher } from "./catcher";
import type { Host } from "./catcher";
import type { Assistant } from "./assistant";
import { Calendar } from "./calendar";
import { Choices } from "./choices";
import { Clashes } from "./conflict";
import { fromText, toText } from "./clipboard";
import { CHOICES, DATES, MANY, NUMBERS } from "./contract";
import type { Cell, Column, Row } from "./contract";
import type { Grid } from "./csp";
import type { Edit, Edits } from "./edits";
import { FIRST_CELL, Range } from "./range";
import type { Rows } from "./rows";
import type { View } from "./view";
import { keyed } from "./keyboard";

export class Sheet implements Host {
  readonly catcher = new Catcher(this);
  readonly range: Range;
  readonly clashes: Clashes;
  #assistant: Assistant | null = null;
  #following = 0;
  #unplace = (): void => undefined;
  #edited: { row: Row; column: Column } | null = null;

  constructor(readonly grid: Grid, readonly rows: Rows, readonly view: View, readonly edits: Edits, readonly open: (index: number) => void, readonly menu: (key: string) => void, readonly toggle: (line: number) => void) {
    this.range = new Range(grid);
    this.clashes = new Clashes(this);
    grid.onFocusWanted = () => this.catcher.focus();
    grid.onActiveCellChanged.subscribe(() => this.#activeChanged());
    grid.onScroll.subscribe(() => this.#followSoon());
    grid.onDblClick.subscribe((_event, { cell }) => cell >= FIRST_CELL && this.edit());
  }

  get active(): { index: number; row: Row; column: Column; cell: Cell | undefined } | null {
    const at = this.grid.getActiveCell();
    const row = at && (this.rows.getItem(at.row) as Row | undefined);
    const column = at && this.view.column(String(this.grid.getColumns()[at.cell]?.id));
    return row && column ? { index: at.row, row, column, cell: this.edits.cell(row, column.key) } : null;
  }

  editable(row: Row, column: Column): boolean {
    return Boolean(this.view.config.can.update && column.editable && !row.readonly?.includes(column.key));
  }

  /** Why a cell does not open; nothing where it does. A hidden one may be pasted into: what is pasted beside it may show it. */
  #closed(row: Row, column: Column): string {
    const field = { field: column.label };
    if (row.locked?.includes(column.key)) return t("“{field}”已按规则锁定，不能修改", "“{field}” is locked by a rule and cannot be changed", field);
    if (!this.editable(row, column)) return t("“{field}”不能在这里修改", "“{field}” cannot be changed here", field);
    if (row.hidden?.includes(column.key)) return t("按规则，这条记录现在不填“{field}”", "By a rule this record has no “{field}” now", field);
    return "";
  }

  /** Put the catcher over the active cell. */
  follow(): void {
    const node = this.grid.getActiveCellNode();
    const parent = node && this.catcher.area.offsetParent;
    if (!node || !parent) return;
    const box = node.getBoundingClientRect();
    const origin = parent.getBoundingClientRect();
    this.catcher.place(box.left - origin.left, box.top - origin.top, box.width, box.height);
    if (this.#assistant) place(this.#assistant.box, this.catcher.area.getBoundingClientRect());
  }

  /** Once a frame while one scrolls: measuring more often costs frames. */
  #followSoon(): void {
    if (this.#following || !this.grid.getActiveCellNode()) return;
    this.#following = requestAnimationFrame(() => {
      this.#following = 0;
      this.follow();
    });
  }

  // — Host: what the catcher asks for

  key(event: KeyboardEvent): boolean {
    return keyed(this, event);
  }

  editingKey(event: KeyboardEvent): boolean {
    return this.#assistant?.key(event) ?? false;
  }

  focused(): void {
    if (!this.grid.getActiveCell() && this.rows.total) this.grid.setActiveCell(0, FIRST_CELL);
  }

  begin(): boolean {
    const active = this.active;
    if (!active) return false;
    const why = this.#closed(active.row, active.column);
    if (why) {
      toast(why);
      return false;
    }
    if (active.column.type === "switch") return false;
    this.clashes.leave();
    this.#edited = { row: active.row, column: active.column };
    this.follow();
    this.#assist(active.row, active.column, active.cell);
    return true;
  }

  /** Enter, F2 or a double click: the cell opens with what it holds. */
  edit(): void {
    const active = this.active;
    if (!active || this.catcher.editing) return;
    if (this.edits.clash(active.row.id, active.column.key)) return this.clashes.ask(active.row, active.column.key, true);
    if (active.column.type === "switch" && !this.#closed(active.row, active.column)) {
      const raw = active.cell?.v !== true;
      return void this.edits.apply([{ row: active.row, key: active.column.key, raw, text: false, shown: { t: raw ? t("是", "Yes") : t("否", "No") } }]);
    }
    if (!this.begin()) return;
    const choosing = CHOICES.has(active.column.type);
    if (choosing) this.catcher.area.placeholder = active.cell?.t || t("输入以查找", "Type to find");
    this.catcher.open(choosing ? "" : (active.cell?.t ?? ""), NUMBERS.has(active.column.type));
  }

  typed(text: string): void {
    this.#assistant?.query(text);
    if (this.#assistant) place(this.#assistant.box, this.catcher.area.getBoundingClientRect());
  }

  commit(text: string, move: "down" | "up" | "right" | "left" | "stay"): void {
    const edited = this.#edited;
    const chosen = this.#assistant?.result(text);
    this.#endEdit();
    if (edited) {
      const { row, column } = edited;
      const before = this.edits.cell(row, column.key);
      const same = chosen === null || (chosen === undefined && text === (before?.t ?? "") && !this.edits.error(row.id, column.key));
      if (!same) void this.edits.apply([{ row, key: column.key, raw: chosen ? chosen.raw : text, text: !chosen, shown: chosen?.shown ?? { t: text } }]);
    }
    if (move !== "stay") this.move({ down: "down", up: "up", right: "next", left: "prev" }[move] as "down");
  }

  cancelled(): void {
    this.#endEdit();
    this.catcher.focus();
  }

  copy(event: ClipboardEvent, cut: boolean): void {
    const found = this.selected();
    if (!found) return;
    event.clipboardData?.setData("text/plain", toText(found.filter(({ head }) => !head).map(({ row, columns }) => columns.map((column) => (row && this.edits.cell(row, column.key)?.t) ?? ""))));
    if (found.some(({ row, head }) => !row && !head)) toast({ bad: true, text: t("有些行还没有加载，复制的是已经看到的部分", "Some rows were not loaded yet; only what was shown was copied") });
    if (cut) this.clear();
  }

  paste(text: string): void {
    const at = this.grid.getActiveCell();
    if (!at || !text || at.cell < FIRST_CELL) return;
    void this.#pasteTable(fromText(text), this.range.empty ? at.row : this.range.top, this.range.empty ? at.cell : this.range.left);
  }

  async #pasteTable(table: string[][], top: number, left: number): Promise<void> {
    const one = table.length === 1 && table[0].length === 1;
    const height = one && !this.range.empty ? this.range.bottom - top + 1 : table.length;
    const width = one && !this.range.empty ? this.range.right - left + 1 : Math.max(...table.map((row) => row.length));
    const rows = await this.rows.load(top, top + height - 1);
    const columns = this.#columns(left, left + width - 1);
    const edits: Edit[] = [];
    let skipped = 0;
    rows.forEach((row, y) => columns.forEach((column, x) => {
      const value = one ? table[0][0] : table[y]?.[x];
      if (value === undefined) return;
      if (this.editable(row, column)) edits.push({ row, key: column.key, raw: value.trim() === "" ? null : value, text: value.trim() !== "", shown: { t: value } });
      else skipped++;
    }));
    if (rows.length && columns.length) {
      this.range.start({ row: top, cell: left });
      this.range.extend({ row: top + rows.length - 1, cell: left + columns.length - 1 });
    }
    const lost = height - rows.length;
    if (skipped) toast(t("{n} 个单元格不能修改，已跳过", "{n} cells cannot be changed and were skipped", { n: count(skipped) }));
    if (lost > 0) toast(t("下面没有行了，有 {n} 行没有粘贴", "There are no more rows; {n} were not pasted", { n: count(lost) }));
    if (edits.length) await this.edits.apply(edits);
  }

  // — what keys do

  /** Rows of the range with its columns; one cell when there is no range. */
  selected(): { row: Row | undefined; head: boolean; columns: Column[] }[] | null {
    const at = this.grid.getActiveCell();
    if (!at || at.cell < FIRST_CELL) return null;
    const { top, bottom, left, right } = this.range.empty ? { top: at.row, bottom: at.row, left: at.cell, right: at.cell } : this.range;
    const columns = this.#columns(left, right);
    return Array.from({ length: bottom - top + 1 }, (_, index) => ({ row: this.rows.getItem(top + index) as Row | undefined, head: Boolean(this.rows.sections.head(top + index)), columns }));
  }

  clear(): void {
    this.#change((row, column) => ({ row, key: column.key, raw: MANY.has(column.type) ? [] : null, text: false, shown: { t: "", items: undefined } }));
  }

  fillDown(): void {
    const found = this.selected();
    if (!found || found.length < 2 || !found[0].row) return;
    const first = found[0].row;
    this.#change((row, column) => {
      const cell = this.edits.cell(first, column.key);
      return row === first ? null : { row, key: column.key, raw: cell?.v ?? null, text: false, shown: { ...cell } };
    });
  }

  #change(make: (row: Row, column: Column) => Edit | null): void {
    const edits: Edit[] = [];
    for (const { row, columns } of this.selected() ?? []) {
      if (!row) continue;
      for (const column of columns) {
        const edit = this.editable(row, column) ? make(row, column) : null;
        if (edit) edits.push(edit);
      }
    }
    if (edits.length) void this.edits.apply(edits);
    else toast(t("选中的单元格不能修改", "These cells cannot be changed"));
  }

  /** Move the active cell; the range shrinks to it. */
  move(where: "up" | "down" | "left" | "right" | "next" | "prev" | "home" | "end"): void {
    const go = { up: "navigateUp", down: "navigateDown", left: "navigateLeft", right: "navigateRight", next: "navigateNext", prev: "navigatePrev", home: "navigateRowStart", end: "navigateRowEnd" } as const;
    this.grid[go[where]]();
    const at = this.grid.getActiveCell();
    if (at && at.cell < FIRST_CELL) this.grid.setActiveCell(at.row, FIRST_CELL);
  }

  jump(row: number, cell = this.grid.getActiveCell()?.cell ?? FIRST_CELL): void {
    const target = Math.max(0, Math.min(row, this.grid.getDataLength() - 1));
    this.grid.scrollRowIntoView(target, false);
    this.grid.setActiveCell(target, cell);
  }

  /** Shift and an arrow: the far end of the range moves. */
  widen(rows: number, cells: number): void {
    const at = this.grid.getActiveCell();
    if (!at) return;
    if (this.range.empty) this.range.start(at);
    const end = this.range.end!;
    this.range.extend({ row: end.row + rows, cell: end.cell + cells });
    this.grid.scrollCellIntoView(this.range.end!.row, this.range.end!.cell, false);
  }

  #columns(left: number, right: number): Column[] {
    return this.grid.getColumns().slice(left, right + 1).flatMap((column) => this.view.column(String(column.id)) ?? []);
  }

  #assist(row: Row, column: Column, cell: Cell | undefined): void {
    const done = (): void => this.catcher.commit("stay");
    if (CHOICES.has(column.type)) this.#assistant = new Choices(column, cell, this.view.config.urls.choices, row.id, this.edits.settled, done);
    else if (DATES.has(column.type)) this.#assistant = new Calendar(column, cell, done);
    else return;
    const { box } = this.#assistant;
    this.catcher.area.parentElement!.append(box);
    box.style.minWidth = `${this.catcher.area.offsetWidth}px`;
    this.#unplace = keepPlaced(box, () => this.catcher.area.getBoundingClientRect());
  }

  #endEdit(): void {
    this.#unplace();
    this.#assistant?.close();
    this.#assistant = null;
    this.#edited = null;
  }

  #activeChanged(): void {
    if (this.catcher.editing) this.catcher.commit("stay");
    const at = this.grid.getActiveCell();
    if (!at) return;
    this.clashes.leave();
    this.range.start(at);
    this.follow();
    const active = this.active;
    if (active) {
      const error = this.edits.clash(active.row.id, active.column.key) ?? this.edits.error(active.row.id, active.column.key);
      this.catcher.label([active.column.label, t("第 {n} 行", "row {n}", { n: active.index + 1 }), active.cell?.t || t("空", "empty"), error].filter(Boolean).join("，"));
    }
  }
}
