/** The selected range of cells: an anchor, an end, and how it is drawn. */
import type { Grid } from "./csp";

export interface Place { row: number; cell: number }

/** Cells left of this one hold number, tick and open icon, and are never part of a range. */
export const FIRST_CELL = 1;

export class Range {
  anchor: Place | null = null;
  end: Place | null = null;

  constructor(readonly grid: Grid) {
    grid.onRendered.subscribe(() => this.draw());
  }

  get top(): number { return Math.min(this.anchor!.row, this.end!.row); }
  get bottom(): number { return Math.max(this.anchor!.row, this.end!.row); }
  get left(): number { return Math.min(this.anchor!.cell, this.end!.cell); }
  get right(): number { return Math.max(this.anchor!.cell, this.end!.cell); }
  get empty(): boolean { return !this.anchor || !this.end; }
  get single(): boolean { return this.empty || (this.top === this.bottom && this.left === this.right); }

  start(place: Place): void {
    this.anchor = this.end = { ...place, cell: Math.max(FIRST_CELL, place.cell) };
    this.draw();
  }

  extend(place: Place): void {
    if (!this.anchor) return this.start(place);
    this.end = { row: Math.max(0, Math.min(place.row, this.grid.getDataLength() - 1)), cell: Math.max(FIRST_CELL, Math.min(place.cell, this.#last)) };
    this.draw();
  }

  /** The last cell that holds a field. */
  get #last(): number {
    const columns = this.grid.getColumns();
    return columns.length - (columns.at(-1)?.id === "_add" ? 2 : 1);
  }

  clear(): void {
    this.anchor = this.end = null;
    this.draw();
  }

  /** Only rows on the screen are marked: a range may hold a million. */
  draw(): void {
    if (this.single) return this.grid.removeCellCssStyles("range");
    const { top, bottom } = this.grid.getRenderedRange();
    const columns = this.grid.getColumns().slice(this.left, this.right + 1);
    const styles: Record<number, Record<string, string>> = {};
    for (let row = Math.max(top, this.top); row <= Math.min(bottom, this.bottom); row++) {
      styles[row] = Object.fromEntries(columns.map((column) => [column.id, "in-range"]));
    }
    this.grid.setCellCssStyles("range", styles);
  }
}
