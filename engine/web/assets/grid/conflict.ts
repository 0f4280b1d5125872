/** Somebody else was faster: shows both values at the cell and lets one choose. */
import { el } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Grid } from "./csp";
import type { Conflict, Edits } from "./edits";
import type { Rows } from "./rows";

export function showConflict(conflict: Conflict, edits: Edits, grid: Grid, rows: Rows): void {
  const { row, mine, theirs, version, who, message } = conflict;
  const [first] = mine;
  const label = rows.view.column(first.key)?.label ?? first.key;
  const index = rows.indexOf(row.id);
  const cell = grid.getCellNode(index, grid.getColumnIndex(first.key)) ?? grid.getCanvasNode();
  const accept = (): void => {
    Object.assign(row.cells, theirs);
    row.version = version;
    edits.dispatchEvent(new CustomEvent("changed", { detail: new Set([row.id]) }));
  };
  const shown = popover(cell, t("有人同时修改了", "Changed by somebody else"), [
    el("h3", {}, message ?? t("{who} 同时修改了这条记录", "{who} changed this record meanwhile", { who: who ?? t("别人", "Somebody") })),
    el("dl", { class: "pairs conflict" },
      el("dt", {}, t("对方的{label}", "Their {label}", { label })), el("dd", {}, theirs[first.key]?.t || t("空", "empty")),
      el("dt", {}, t("我的{label}", "My {label}", { label })), el("dd", {}, first.shown?.t || String(first.raw ?? t("空", "empty")))),
    el("div", { class: "row end" },
      el("button", { type: "button", class: "btn btn-small", onclick: () => { accept(); shown.close(); } }, t("用对方的", "Keep theirs")),
      el("button", { type: "button", class: "btn btn-primary btn-small", onclick: () => { accept(); shown.close(); void edits.apply(mine); } }, t("用我的", "Use mine"))),
  ]);
}
