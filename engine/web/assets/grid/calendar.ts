/** A calendar under a date cell; typing stays possible, in any of the usual ways to write a date. */
import { el } from "../base/dom";
import { readDate } from "../base/dates";
import type { Cell, Column } from "./contract";
import type { Assistant, Chosen } from "./assistant";

export class Calendar implements Assistant {
  readonly box: HTMLElement;
  #picked: string | null = null;

  constructor(readonly column: Column, readonly cell: Cell | undefined, readonly done: () => void) {
    this.box = el("div", { class: "popover calendar" });
    this.box.addEventListener("mousedown", (event) => event.preventDefault());
    void this.#draw();
  }

  query(): void {
    this.#picked = null;
  }

  key(): boolean {
    return false;
  }

  result(text: string): Chosen | undefined | null {
    if (this.#picked) {
      const time = this.column.type === "datetime" ? ` ${/\d{1,2}:\d{2}/.exec(text)?.[0] ?? "00:00"}` : "";
      return { raw: this.#picked + time, shown: { t: this.#picked + time } };
    }
    const trimmed = text.trim();
    if (trimmed === (this.cell?.t ?? "")) return null;
    const date = this.column.type === "date" ? readDate(trimmed) : null;
    return date ? { raw: date, shown: { t: date } } : undefined;
  }

  close(): void {
    this.box.remove();
  }

  async #draw(): Promise<void> {
    const { calendar } = await import("../base/calendar");
    this.box.append(calendar(this.cell?.t?.slice(0, 10) ?? "", (date) => {
      this.#picked = date;
      this.done();
    }));
  }
}
