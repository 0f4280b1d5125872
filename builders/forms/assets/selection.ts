/** What is selected on the canvas: a field, the form, or several fields of one list, of which one has the focus. */
import { insideOf } from "./structure";

export const FORM = "@form";

export class Selection {
  /** The place that the panel and the keys are about; of several fields the one that was taken last. */
  lead: string | null = null;
  #anchor: string | null = null;
  #paths: string[] = [];

  /** The selected fields, in the order in which they were taken. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  has(path: string): boolean {
    return this.#paths.includes(path);
  }

  /** Only this: a field, the form, or nothing. */
  only(path: string | null): void {
    this.lead = this.#anchor = path;
    this.#paths = path === null || path === FORM ? [] : [path];
  }

  /** Exactly these fields of one list. */
  all(paths: readonly string[]): void {
    this.only(paths.at(-1) ?? null);
    this.#paths = [...paths];
    this.#anchor = paths[0] ?? null;
  }

  /** One more field, or one less; a field of another list begins anew. */
  toggle(path: string): void {
    if (!this.#beside(path)) return this.only(path);
    if (!this.has(path)) {
      this.#paths.push(path);
      this.lead = this.#anchor = path;
    } else if (this.#paths.length > 1) {
      this.#paths = this.#paths.filter((one) => one !== path);
      this.lead = this.#anchor = this.#paths.at(-1)!;
    }
  }

  /** All from where one began to here; `order` is the list as it is shown. */
  extend(path: string, order: readonly string[]): void {
    if (!this.#beside(path) || !order.includes(this.#anchor!)) return this.only(path);
    const [from, to] = [order.indexOf(this.#anchor!), order.indexOf(path)];
    this.#paths = order.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.lead = path;
  }

  /** A field goes by another path now. */
  follow(before: string, after: string): void {
    this.#paths = this.#paths.map((one) => (one === before ? after : one));
    if (this.lead === before) this.lead = after;
    if (this.#anchor === before) this.#anchor = after;
  }

  /** Let go of what is no longer there. Answers whether anything went. */
  keep(there: (path: string) => boolean): boolean {
    const left = this.#paths.filter(there);
    if (left.length === this.#paths.length) return false;
    this.all(left);
    return true;
  }

  #beside(path: string): boolean {
    return this.#paths.length > 0 && insideOf(this.#paths[0]) === insideOf(path);
  }
}
