/** Dragging: SortableJS picks up and scrolls, where it would go is shown by a mark; nothing shifts until it is dropped. */
import Sortable from "sortablejs";
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import type { Form } from "./draft";
import { roomBeside, rowsOf } from "./structure";
import type { Place } from "./structure";
import type { Types } from "./types";

const EDGE = 0.22;
const EDGE_MOST = 90;

/** Of several fields that are dragged together, `element` is the one that was taken hold of. */
export interface Dragged { types: string[]; paths: readonly string[]; element: HTMLElement }
interface Host {
  grid: HTMLElement;
  types: Types;
  form: () => Form;
  /** What goes along when a field is dragged. */
  group: (path: string) => readonly string[];
  dropped: (dragged: Dragged, place: Place) => void;
}
interface Mark { box: DOMRect | { left: number; top: number; width: number; height: number }; beside: boolean }

export class Dragging {
  #dragged: Dragged | null = null;
  #place: Place | null = null;
  #mark = el("div", { class: "drop-mark", "aria-hidden": "true" });
  #columns: Sortable[] = [];
  #stale = false;
  #pressed = false;

  constructor(private readonly host: Host, palette: HTMLElement[]) {
    for (const tiles of palette) this.#sortable(tiles, ".palette-tile");
    this.#sortable(host.grid, ".design-card");
    this.ready();
    document.addEventListener("pointerdown", () => { this.#pressed = true; }, true);
    for (const released of ["pointerup", "pointercancel"]) document.addEventListener(released, () => {
      this.#pressed = false;
      if (this.#stale) setTimeout(() => this.ready(), 0);
    }, true);
  }

  /** Subforms that were drawn since can be taken apart too. */
  ready(): void {
    /* Taking a Sortable down ends whatever drag is under way or about to begin, in any list. */
    this.#stale = this.#pressed;
    if (this.#stale) return;
    for (const one of this.#columns) if (one.el) one.destroy();
    this.#columns = [...this.host.grid.querySelectorAll<HTMLElement>(".design-columns")].map((list) => this.#sortable(list, ".design-column"));
  }

  #sortable(list: HTMLElement, draggable: string): Sortable {
    return Sortable.create(list, {
      draggable, sort: false, animation: 0, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4, delay: 200, delayOnTouchOnly: true, touchStartThreshold: 5,
      scroll: true, bubbleScroll: true, scrollSensitivity: 60, filter: ".no-drag", preventOnFilter: false,
      onStart: (event) => this.#start(event.item),
      onEnd: () => this.#end(),
    });
  }

  #start(item: HTMLElement): void {
    const path = item.dataset.path;
    const paths = path ? this.host.group(path) : [];
    const cards = paths.map((one) => this.host.grid.querySelector<HTMLElement>(`[data-path="${CSS.escape(one)}"]`));
    this.#dragged = { types: paths.length ? cards.map((card) => card?.dataset.type ?? "") : [item.dataset.type!], paths, element: item };
    this.#place = null;
    if (paths.length > 1) {
      for (const card of cards) card?.classList.add("going-along");
      document.querySelector<HTMLElement>(".sortable-fallback")?.setAttribute("data-count", String(paths.length));
    }
    document.body.classList.add("designing-drag");
    document.addEventListener("pointermove", this.#moved, true);
    document.addEventListener("keydown", this.#cancelled, true);
  }

  #end(): void {
    document.removeEventListener("pointermove", this.#moved, true);
    document.removeEventListener("keydown", this.#cancelled, true);
    document.body.classList.remove("designing-drag");
    for (const card of this.host.grid.querySelectorAll(".going-along")) card.classList.remove("going-along");
    this.#mark.remove();
    /* The click that ends a drag is no choice: what was dropped stays selected. */
    const quiet = (event: Event): void => event.stopPropagation();
    document.addEventListener("click", quiet, true);
    setTimeout(() => document.removeEventListener("click", quiet, true), 0);
    const [dragged, place] = [this.#dragged, this.#place];
    this.#dragged = null;
    if (dragged && place) this.host.dropped(dragged, place);
  }

  #cancelled = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#dragged = null;
    this.#mark.remove();
  };

  #moved = (event: PointerEvent): void => {
    if (!this.#dragged) return;
    const found = this.#at(event.clientX, event.clientY);
    this.#place = found?.[0] ?? null;
    if (!found) return this.#mark.remove();
    this.#show(found[1]);
  };

  #show({ box, beside }: Mark): void {
    const sheet = this.host.grid;
    const origin = sheet.getBoundingClientRect();
    if (this.#mark.parentElement !== sheet) sheet.append(this.#mark);
    this.#mark.className = beside ? "drop-mark beside" : "drop-mark";
    this.#mark.textContent = beside ? t("放在旁边", "Beside it") : "";
    Object.assign(this.#mark.style, { left: `${box.left - origin.left}px`, top: `${box.top - origin.top}px`, width: `${box.width}px`, height: `${box.height}px` });
  }

  #at(x: number, y: number): [Place, Mark] | null {
    const area = this.host.grid.closest(".canvas")!.getBoundingClientRect();
    if (x < area.left || x > area.right || y < area.top || y > area.bottom) return null;
    return this.#inColumns(x, y) ?? this.#inGrid(x, y);
  }

  #inColumns(x: number, y: number): [Place, Mark] | null {
    const dragged = this.#dragged!;
    if (!dragged.types.every((type) => this.host.types.of(type).inside)) return null;
    for (const list of this.host.grid.querySelectorAll<HTMLElement>(".design-columns")) {
      const box = list.getBoundingClientRect();
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      const columns = [...list.querySelectorAll<HTMLElement>(".design-column")].map((one) => one.getBoundingClientRect());
      let index = columns.findIndex((one) => y < one.bottom && x < one.left + one.width / 2);
      if (index < 0) index = columns.length;
      const next = columns[index];
      const last = columns[index - 1];
      const edge = next && (!last || next.top >= y - next.height) ? next.left : (last?.right ?? box.left);
      const beside = next ?? last ?? box;
      return [{ inside: list.dataset.columns!, index }, { box: { left: edge - 2, top: beside.top, width: 4, height: beside.height }, beside: false }];
    }
    return null;
  }

  #inGrid(x: number, y: number): [Place, Mark] | null {
    const { grid, types } = this.host;
    const form = this.host.form();
    const sheet = grid.getBoundingClientRect();
    const boxes = new Map([...grid.querySelectorAll<HTMLElement>(":scope > .design-card")].map((card) => [card.dataset.path!, card.getBoundingClientRect()]));
    const rows = rowsOf(form.fields, types).map((keys) => ({ keys, box: union(keys.map((key) => boxes.get(key)!).filter(Boolean)) }));
    if (!rows.length) return [{ inside: null, index: 0 }, line(sheet.left, sheet.right, sheet.top + 2)];
    const row = rows.reduce((best, one) => (away(one.box, y) < away(best.box, y) ? one : best));
    const index = (key: string): number => form.fields.findIndex((one) => one.key === key);
    const dragged = this.#dragged!;
    const moving = dragged.paths.filter((path) => !path.includes("."));
    const room = (key: string): boolean => roomBeside(form, key, moving, types, dragged.types.length);
    const alone = dragged.types.some((type) => types.of(type).layout);
    if (away(row.box, y) === 0 && !alone) {
      for (const key of row.keys) {
        const box = boxes.get(key);
        if (!box || moving.includes(key) || x < box.left || x > box.right) continue;
        const edge = Math.min(box.width * EDGE, EDGE_MOST);
        const left = x < box.left + edge;
        if ((left || x > box.right - edge) && room(key)) {
          const half = { left: left ? box.left : box.left + box.width / 2, top: box.top, width: box.width / 2, height: box.height };
          return [{ inside: null, index: index(key) + (left ? 0 : 1), beside: key }, { box: half, beside: true }];
        }
      }
      const last = row.keys.at(-1)!;
      const end = boxes.get(last);
      if (end && x > end.right && !moving.includes(last) && sheet.right - end.right > 40 && room(last))
        return [{ inside: null, index: index(last) + 1, beside: last }, { box: { left: end.right + 16, top: end.top, width: sheet.right - end.right - 16, height: end.height }, beside: true }];
    }
    const above = y < row.box.top + row.box.height / 2;
    const at = above ? index(row.keys[0]) : index(row.keys.at(-1)!) + 1;
    return [{ inside: null, index: at }, line(sheet.left, sheet.right, above ? row.box.top - 8 : row.box.bottom + 4)];
  }
}

const away = (box: { top: number; bottom: number }, y: number): number => (y < box.top ? box.top - y : y > box.bottom ? y - box.bottom : 0);

function line(left: number, right: number, top: number): Mark {
  return { box: { left, top, width: right - left, height: 4 }, beside: false };
}

function union(boxes: DOMRect[]): { left: number; right: number; top: number; bottom: number; height: number } {
  const top = Math.min(...boxes.map((one) => one.top));
  const bottom = Math.max(...boxes.map((one) => one.bottom));
  return { left: Math.min(...boxes.map((one) => one.left)), right: Math.max(...boxes.map((one) => one.right)), top, bottom, height: bottom - top };
}
