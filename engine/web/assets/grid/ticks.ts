/** Which rows are ticked: some by id, or all that the filter finds, except some. */
import type { Row, Selection } from "./contract";
import type { View } from "./view";

export class Ticks extends EventTarget {
  #ids = new Set<number>();
  #all = false;
  #last = -1;

  constructor(readonly view: View, readonly total: () => number) {
    super();
  }

  has(id: number): boolean { return this.#all !== this.#ids.has(id); }
  get count(): number { return this.#all ? Math.max(0, this.total() - this.#ids.size) : this.#ids.size; }
  get all(): boolean { return this.#all; }

  toggle(row: Row, index: number): void {
    if (!this.#ids.delete(row.id)) this.#ids.add(row.id);
    this.#last = index;
    this.#tell();
  }

  /** Shift and click: everything from the last tick to here. */
  span(rows: (index: number) => Row | undefined, index: number): void {
    const ticked = !this.has(rows(index)!.id);
    const from = this.#last < 0 ? index : this.#last;
    for (let at = Math.min(from, index); at <= Math.max(from, index); at++) {
      const row = rows(at);
      if (!row || this.has(row.id) === ticked) continue;
      if (!this.#ids.delete(row.id)) this.#ids.add(row.id);
    }
    this.#last = index;
    this.#tell();
  }

  tick(rows: Iterable<Row>): void {
    this.#all = false;
    this.#ids = new Set([...rows].map((row) => row.id));
    this.#tell();
  }

  tickAll(): void {
    this.#all = true;
    this.#ids.clear();
    this.#tell();
  }

  clear(): void {
    if (!this.#all && !this.#ids.size) return;
    this.#all = false;
    this.#ids.clear();
    this.#last = -1;
    this.#tell();
  }

  get selection(): Selection {
    const { where, search } = this.view.state;
    if (!this.#all) return { ids: [...this.#ids], count: this.count };
    return { all: true, except: [...this.#ids], where, search, count: this.count };
  }

  #tell(): void {
    this.dispatchEvent(new CustomEvent("ticks"));
  }
}
