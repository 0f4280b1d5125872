/** Mouse and finger on the cells: ranges by dragging, ticks, opening a record. */
import { touch } from "../base/dom";
import { NUMBER } from "./columns";
import { FIRST_CELL } from "./range";
import type { Place } from "./range";
import type { Rows } from "./rows";
import type { Sheet } from "./sheet";
import type { Ticks } from "./ticks";

const EDGE = 24;

/** Dragging over cells selects a range; Shift and a press widens it. */
export function dragging(body: HTMLElement, sheet: Sheet): AbortController {
  const { grid, range } = sheet;
  const listening = new AbortController();
  const { signal } = listening;
  let pressed: Place | null = null;
  let moved = false;

  body.addEventListener("pointerdown", (event) => {
    pressed = null;
    moved = false;
    if (event.button !== 0 || touch() || (event.target as Element).closest("a, [data-open-row]")) return;
    const at = grid.getCellFromEvent(event);
    if (!at || at.cell < FIRST_CELL) return;
    if (event.shiftKey && !range.empty) {
      event.preventDefault();
      range.extend(at);
      swallowClick();
    } else {
      pressed = at;
    }
  }, { signal });

  document.addEventListener("pointermove", (event) => {
    if (!pressed) return;
    if (!(event.buttons & 1)) return void (pressed = null);
    const at = under(body, grid, event);
    if (!at || (!moved && at.row === pressed.row && at.cell === pressed.cell)) return;
    if (!moved) grid.setActiveCell(pressed.row, pressed.cell);
    moved = true;
    range.extend(at);
    scrollAlong(grid.getViewportNode(grid.getColumns().length - 1)!, event, pressed.cell > (grid.getOptions().frozenColumn ?? -1));
  }, { signal });

  document.addEventListener("pointerup", () => {
    if (moved) {
      swallowClick();
      sheet.catcher.focus();
    }
    pressed = null;
    moved = false;
  }, { signal });
  return listening;
}

/** What a cell has no room for is said when the mouse rests on it. */
export function hinting(grid: Sheet["grid"]): void {
  grid.onMouseEnter.subscribe((event) => {
    const node = (event.getNativeEvent<MouseEvent>().target as Element).closest<HTMLElement>(".slick-cell");
    if (!node || node.title || node.classList.contains("cell-number")) return;
    const inside = node.firstElementChild instanceof HTMLElement ? node.firstElementChild : node;
    if (inside.scrollWidth > inside.clientWidth || node.scrollWidth > node.clientWidth) node.title = node.textContent ?? "";
  });
}

/** A row is lit in both panes: the frozen columns and the others are two rows of the page. */
export function hovering(body: HTMLElement, grid: Sheet["grid"]): void {
  const light = (row: Element | null): void => {
    const line = row && grid.rowOf(row as HTMLElement);
    for (const one of body.querySelectorAll<HTMLElement>(".slick-row")) one.classList.toggle("hovered", line !== null && grid.rowOf(one) === line);
  };
  let over: Element | null = null;
  const move = (row: Element | null): void => {
    if (row !== over) light((over = row));
  };
  body.addEventListener("pointerover", (event) => event.pointerType === "mouse" && move((event.target as Element).closest(".slick-row")));
  body.addEventListener("pointerleave", () => move(null));
}

/** A click ticks, opens, or leaves a link to the browser; all else makes the cell active. */
export function clicking(sheet: Sheet, rows: Rows, ticks: Ticks): void {
  sheet.grid.onClick.subscribe((event, { row: index, cell }) => {
    const native = event.getNativeEvent<MouseEvent>();
    const target = native.target as Element;
    if (rows.sections.head(index)) {
      event.stopImmediatePropagation();
      return sheet.toggle(index);
    }
    const row = rows.getItem(index);
    if (!row) return event.stopImmediatePropagation();
    if (target.closest("a")) return event.stopImmediatePropagation();
    if (target.closest("[data-open-row]")) {
      event.stopImmediatePropagation();
      return sheet.open(index);
    }
    if (sheet.grid.getColumns()[cell].id === NUMBER) {
      event.stopImmediatePropagation();
      if (native.shiftKey) ticks.span(rows.getItem, index);
      else ticks.toggle(row, index);
      return;
    }
    /* Once the grid has made the cell the active one. */
    const key = String(sheet.grid.getColumns()[cell].id);
    if (sheet.edits.clash(row.id, key)) queueMicrotask(() => sheet.clashes.ask(row, key));
  });
}

function under(body: HTMLElement, grid: Sheet["grid"], event: PointerEvent): Place | null {
  const box = body.getBoundingClientRect();
  const x = Math.max(box.left + 2, Math.min(event.clientX, box.right - 2));
  const y = Math.max(box.top + 2, Math.min(event.clientY, box.bottom - 2));
  const cell = document.elementFromPoint(x, y)?.closest<HTMLElement>(".slick-cell");
  const row = cell?.closest<HTMLElement>(".slick-row");
  if (!cell || !row) return null;
  const place = { row: grid.rowOf(row), cell: grid.cellOf(cell) };
  return place.row >= 0 && place.cell >= FIRST_CELL ? place : null;
}

/** Sideways only for a range that began right of the frozen columns. */
function scrollAlong(viewport: HTMLElement, event: PointerEvent, sideways: boolean): void {
  const box = viewport.getBoundingClientRect();
  if (event.clientY > box.bottom - EDGE) viewport.scrollTop += EDGE;
  if (event.clientY < box.top + EDGE) viewport.scrollTop -= EDGE;
  if (event.clientX > box.right - EDGE) viewport.scrollLeft += EDGE;
  if (sideways && event.clientX < box.left + EDGE) viewport.scrollLeft -= EDGE;
}

/** The click that ends a drag must not make its last cell the active one. */
function swallowClick(): void {
  const stop = (event: Event): void => event.stopImmediatePropagation();
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, true), 50);
}
