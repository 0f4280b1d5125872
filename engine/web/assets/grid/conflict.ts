/** Two have changed one cell: both values stay until one says which. Nobody who types is interrupted for it. */
import { el } from "../base/dom";
import { count, t } from "../base/language";
import type { Loss } from "../base/leaving";
import { popover } from "../base/popover";
import { toast } from "../elements/toast";
import type { Row } from "./contract";
import type { Edit, Edits } from "./edits";
import type { Sheet } from "./sheet";

export class Clashes {
  #leave = (): void => undefined;

  constructor(readonly sheet: Sheet) {}

  /** Say that some cells wait for a decision; the focus stays where one types. */
  tell(edits: Edit[]): void {
    const [{ row, key }] = edits;
    const { sheet } = this;
    const text = edits.length > 1
      ? t("{n} 个单元格别人也改了，已标黄，请选择用谁的", "{n} cells were changed by others too; they are marked amber: choose whose value stays", { n: count(edits.length) })
      : t("{who}：“{field}”已标黄，请选择用谁的", "{who}: “{field}” is marked amber; choose whose value stays", { who: sheet.edits.clash(row.id, key) ?? "", field: this.#label(key) });
    toast({ text, bad: true, act: { label: t("去选择", "Choose"), run: () => this.#go(row.id, key) } });
  }

  /** Show both values at the cell. With `focused` keys reach it, but none of them answers before one has gone to a button. */
  ask(row: Row, key: string, focused = false): void {
    const { grid, rows, edits, catcher } = this.sheet;
    const who = edits.clash(row.id, key);
    const cell = grid.getCellNode(rows.indexOf(row.id), grid.getColumnIndex(key));
    if (!who || !cell) return;
    const field = this.#label(key);
    const decide = (mine: boolean): void => {
      shown.close();
      edits.decide(row, key, mine);
      catcher.focus();
    };
    if (focused) catcher.focus(); /* where the keys go when the box is left */
    const shown = popover(cell, t("有人同时修改了", "Changed by somebody else"), [
      el("h3", {}, who),
      el("dl", { class: "pairs conflict" },
        el("dt", {}, t("对方的{field}", "Their {field}", { field })), el("dd", {}, row.cells[key]?.t || t("空", "empty")),
        el("dt", {}, t("我的{field}", "My {field}", { field })), el("dd", {}, edits.cell(row, key)?.t || t("空", "empty"))),
      el("div", { class: "row end" },
        el("button", { type: "button", class: "btn btn-small", onclick: () => decide(false) }, t("用对方的", "Keep theirs")),
        el("button", { type: "button", class: "btn btn-primary btn-small", onclick: () => decide(true) }, t("用我的", "Use mine"))),
    ], { quiet: true, closed: () => (this.#leave = () => undefined) });
    this.#leave = () => shown.close();
    shown.box.tabIndex = -1;
    shown.box.addEventListener("keydown", (event) => this.#typed(event, shown.box));
    if (focused) shown.box.focus({ preventScroll: true });
  }

  /** One goes on with something else; the cell stays marked. */
  leave(): void {
    this.#leave();
  }

  /** Whoever types on means the cell, not the question. */
  #typed(event: KeyboardEvent, box: HTMLElement): void {
    const letter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    const stray = event.key === "Enter" && event.target === box;
    if (!letter && !stray) return;
    if (stray) event.preventDefault();
    this.leave();
    this.sheet.catcher.focus();
  }

  #go(id: number, key: string): void {
    const { grid, rows } = this.sheet;
    const row = rows.find(id);
    if (!row) return;
    this.sheet.jump(rows.indexOf(id), grid.getColumnIndex(key));
    this.ask(row, key, true);
  }

  #label(key: string): string {
    return this.sheet.view.column(key)?.label ?? key;
  }
}

/** What is lost with the page: cells that nobody has corrected or decided on. */
export function loss({ unsaved: { refused, clashing, pending } }: Edits): Loss | null {
  const cells = refused + clashing + pending;
  if (!cells) return null;
  const why = [
    refused && t("{n} 个被拒绝（红色）", "{n} refused (red)", { n: count(refused) }),
    clashing && t("{n} 个等您选择用谁的（黄色）", "{n} waiting for you to choose whose value stays (amber)", { n: count(clashing) }),
    pending && t("{n} 个正在保存", "{n} still being saved", { n: count(pending) }),
  ].filter(Boolean).join(t("，", ", "));
  return {
    title: t("{n} 个单元格还没有保存", cells === 1 ? "{n} cell is not saved" : "{n} cells are not saved", { n: count(cells) }),
    lost: t("{why}。离开这个列表，填在这些格子里的内容就丢了。", "{why}. What you typed there is lost when you leave this list.", { why }),
  };
}
