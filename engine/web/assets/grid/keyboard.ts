/** What each key does while a cell is selected and nothing is edited. */
import { isField } from "./columns";
import type { Sheet } from "./sheet";

const MOVES: Record<string, "up" | "down" | "left" | "right"> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };
const STEPS: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** True when the key was used. */
export function keyed(sheet: Sheet, event: KeyboardEvent): boolean {
  const at = sheet.grid.getActiveCell();
  if (!at) return false;
  const command = event.ctrlKey || event.metaKey;
  if (command) return commanded(sheet, event, at.row);
  if (event.altKey) {
    if (event.key !== "ArrowDown") return false;
    sheet.menu(String(sheet.grid.getColumns()[at.cell].id));
    return true;
  }
  if (event.key in MOVES) {
    if (event.shiftKey) sheet.widen(...STEPS[event.key]);
    else sheet.move(MOVES[event.key]);
    return true;
  }
  if (sheet.rows.sections.head(at.row) && (event.key === "Enter" || event.key === " ")) {
    sheet.toggle(at.row);
    return true;
  }
  const page = Math.max(1, sheet.grid.getViewportRowCount() - 2);
  switch (event.key) {
    case "Tab": return tabbed(sheet, event.shiftKey, at);
    case "Enter":
      if (event.shiftKey) sheet.move("up");
      else sheet.edit();
      return true;
    case "F2": sheet.edit(); return true;
    case " ": sheet.open(at.row); return true;
    case "Delete": case "Backspace": sheet.clear(); return true;
    case "Escape": return escaped(sheet);
    case "Home": sheet.move("home"); return true;
    case "End": sheet.move("end"); return true;
    case "PageDown": sheet.jump(at.row + page); return true;
    case "PageUp": sheet.jump(at.row - page); return true;
    default: return false;
  }
}

function commanded(sheet: Sheet, event: KeyboardEvent, row: number): boolean {
  switch (event.key.toLowerCase()) {
    case "d": sheet.fillDown(); return true;
    case "z": void sheet.edits.undo(); return true;
    case "home": sheet.jump(0); return true;
    case "end": sheet.jump(sheet.grid.getDataLength() - 1); return true;
    case "arrowup":
      if (event.shiftKey) sheet.widen(-row, 0);
      else sheet.jump(0);
      return true;
    case "arrowdown":
      if (event.shiftKey) sheet.widen(sheet.grid.getDataLength(), 0);
      else sheet.jump(sheet.grid.getDataLength() - 1);
      return true;
    default: return false;
  }
}

/** Tab walks the cells, and leaves the grid at its first and last one, so that nobody is caught in it. */
function tabbed(sheet: Sheet, back: boolean, at: { row: number; cell: number }): boolean {
  const last = sheet.grid.getColumns().findLastIndex(({ id }) => isField(id));
  if (back ? at.row === 0 && at.cell <= 1 : at.row >= sheet.grid.getDataLength() - 1 && at.cell === last) return false;
  if (back && at.cell <= 1) sheet.jump(at.row - 1, last);
  else sheet.move(back ? "prev" : "next");
  return true;
}

/** Esc takes a refused value back first, then shrinks the range. */
function escaped(sheet: Sheet): boolean {
  const active = sheet.active;
  if (active && sheet.edits.dropError(active.row, active.column.key)) return true;
  if (sheet.range.single) return false;
  sheet.range.start(sheet.grid.getActiveCell()!);
  return true;
}
