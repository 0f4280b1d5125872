/** The places of a grouped list: heads of groups, and below them the rows of the innermost groups. */
import type { Group, Where } from "./contract";

/** Rows that one query answers: all of a flat list, or those of one group. */
export interface Section { where: Where | null; count: number; start: number; before: number }
/** The head of a group, with whether its rows are shown. */
export interface Head { group: Group; key: string; open: boolean; depth: number; leaf: boolean }
interface Block { at: number; head?: Head; section?: number }

export class Sections {
  sections: Section[] = [{ where: null, count: 0, start: 0, before: 0 }];
  /** How many lines there are: heads and shown rows. */
  lines = 0;
  /** How many records there are in all. */
  records = 0;
  #groups: Group[] = [];
  #closed = new Set<string>();
  #blocks: Block[] = [{ at: 0, section: 0 }];

  get grouped(): boolean {
    return this.#groups.length > 0;
  }

  /** A flat list of so many rows. */
  flat(count: number): void {
    this.#groups = [];
    this.sections = [{ where: null, count, start: 0, before: 0 }];
    this.#blocks = [{ at: 0, section: 0 }];
    this.lines = this.records = count;
  }

  group(groups: Group[]): void {
    this.#groups = groups;
    this.#lay();
  }

  /** Open a group, or close it; answers nothing where there is no head at this line. */
  toggle(line: number, open?: boolean): void {
    const head = this.head(line);
    if (!head || head.open === open) return;
    if (head.open) this.#closed.add(head.key);
    else this.#closed.delete(head.key);
    this.#lay();
  }

  all(open: boolean): void {
    this.#closed = new Set(open ? [] : this.#groups.map((_, at) => this.#key(at)));
    this.#lay();
  }

  /** Other figures for the groups that are here. */
  refigure(groups: Group[]): void {
    const known = new Map(groups.map((group) => [JSON.stringify(group.where), group.values]));
    for (const group of this.#groups) group.values = known.get(JSON.stringify(group.where)) ?? group.values;
  }

  head(line: number): Head | undefined {
    const block = this.#block(line);
    return block?.head && block.at === line ? block.head : undefined;
  }

  /** The section of a line's row, and the row's place in it. */
  place(line: number): { section: number; offset: number } | null {
    const block = this.#block(line);
    if (block?.section === undefined) return null;
    const offset = line - block.at;
    return offset < this.sections[block.section].count || !this.grouped ? { section: block.section, offset } : null;
  }

  /** Which record of all a line's row is, from 0. */
  ordinal(line: number): number {
    const place = this.place(line);
    return place ? this.sections[place.section].before + place.offset : line;
  }

  /** The next line with a row, from here in this direction. */
  step(line: number, by: number): number {
    let next = line + by;
    while (next >= 0 && next < this.lines && this.head(next)) next += by;
    return next;
  }

  #block(line: number): Block | undefined {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#blocks[middle].at <= line) low = middle;
      else high = middle - 1;
    }
    return this.#blocks[low];
  }

  /** What a group is remembered by while the list is asked for again. */
  #key(at: number): string {
    return JSON.stringify(this.#groups[at].where);
  }

  #lay(): void {
    const deepest = Math.max(0, ...this.#groups.map(({ level }) => level));
    this.sections = [];
    this.#blocks = [];
    let line = 0;
    let records = 0;
    let hiddenBelow = Infinity;
    this.#groups.forEach((group, at) => {
      const leaf = group.level === deepest;
      if (group.level > hiddenBelow) {
        if (leaf) records += group.count;
        return;
      }
      hiddenBelow = Infinity;
      const key = this.#key(at);
      const open = !this.#closed.has(key);
      this.#blocks.push({ at: line++, head: { group, key, open, depth: group.level, leaf } });
      if (!open) hiddenBelow = group.level;
      if (leaf) {
        if (open) {
          this.#blocks.push({ at: line, section: this.sections.length });
          this.sections.push({ where: group.where, count: group.count, start: line, before: records });
          line += group.count;
        }
        records += group.count;
      }
    });
    this.lines = line;
    this.records = records;
  }
}
