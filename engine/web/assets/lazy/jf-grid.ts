/** <jf-grid config-url>: the record list as a sheet. Puts the parts of grid/ together. */
import Sortable from "sortablejs";
import { el, icon, touch } from "../base/dom";
import { guard } from "../base/leaving";
import type { Around } from "../base/walk";
import { t } from "../base/language";
import { Grid } from "../grid/csp";
import { name as nameForReaders, rows as nameRows } from "../grid/aria";
import { isField, numberWidth, slickColumns } from "../grid/columns";
import { addField, justAdded } from "../grid/add-field";
import { loss } from "../grid/conflict";
import type { Urls } from "../grid/contract";
import { Edits } from "../grid/edits";
import type { Edit } from "../grid/edits";
import { Header } from "../grid/header";
import { clicking, dragging, hinting, hovering } from "../grid/pointer";
import { Rows } from "../grid/rows";
import { SelectionBar } from "../grid/selection-bar";
import { Sheet } from "../grid/sheet";
import { Ticks } from "../grid/ticks";
import { Totals, countWords } from "../grid/totals";
import { View } from "../grid/view";
import { toast } from "../elements/toast";

(window as unknown as { Sortable: unknown }).Sortable = Sortable;

const ROW = 36;
const TOUCH_ROW = 44;
const PAUSE = 400;
/** Frozen columns may take this share of the width, or the others could not be reached. */
const FROZEN_SHARE = 0.7;
const PHONE = "(max-width: 640px)";

class JfGrid extends HTMLElement {
  #grid!: Grid;
  #rows!: Rows;
  #view!: View;
  #edits!: Edits;
  #ticks!: Ticks;
  #sheet!: Sheet;
  #header!: Header;
  #totals!: Totals;
  #bar!: SelectionBar;
  #body!: HTMLElement;
  #told = false;
  #figuring = 0;
  #stops: (() => void)[] = [];

  async connectedCallback(): Promise<void> {
    if (this.#body) return;
    const phone = matchMedia(PHONE);
    if (phone.matches) return phone.addEventListener("change", () => void this.connectedCallback(), { once: true });
    this.#body = el("div", { class: "grid-body" });
    this.replaceChildren(this.#body);
    try {
      this.#view = await View.at(this.getAttribute("config-url")!);
    } catch (reason) {
      return this.#failed(reason as Error);
    }
    this.#build();
    await this.#load();
    const added = justAdded();
    const place = added ? this.#grid.getColumnIndex(added) : undefined;
    if (place !== undefined) this.#grid.scrollCellIntoView(0, Math.min(place + 1, this.#grid.getColumns().length - 1), false);
    this.dispatchEvent(new CustomEvent("jf:ready", { bubbles: true, detail: { view: this.#view } }));
  }

  disconnectedCallback(): void {
    for (const stop of this.#stops) stop();
    this.#grid?.destroy();
  }

  get view(): View { return this.#view; }
  get total(): number { return this.#rows.total; }

  /** Load again; edited rows that have left the filter go. */
  async refresh(): Promise<void> {
    this.#edits.forget();
    await this.#load(this.#grid.getViewport().top);
  }

  /** The record at a place of the list, fetched when it is far away; used by the side panel's J and K. */
  async step(index: number, by: number): Promise<{ id: number; index: number } | null> {
    const next = this.#rows.sections.step(index, by);
    const row = await this.#rows.reach(next);
    if (!row) return null;
    this.#grid.scrollRowIntoView(next, false);
    this.#mark(next);
    return { id: row.id, index: next };
  }

  /** Which of all records stands at a line, from 0. */
  ordinal(index: number): number {
    return this.#rows.sections.ordinal(index);
  }

  get urls(): Urls {
    return this.#view.config.urls;
  }

  /** The loaded records around a line, one after the other, and how the others are asked for. */
  around(index: number): Around {
    const { sections } = this.#rows;
    const place = sections.place(index) ?? { section: 0, offset: 0 };
    const { where: inside, start, count } = sections.sections[place.section];
    const known = new Map([...this.#rows.known()].map(([at, row]) => [at, row.id]));
    let first = index;
    while (first > start && known.has(first - 1)) first -= 1;
    const ids: number[] = [];
    for (let at = first; known.has(at) && at < start + Math.max(count, 1); at += 1) ids.push(known.get(at)!);
    const { where, sort, search } = this.#view.state;
    return { ids, first: first - start, total: sections.grouped ? count : this.total, ask: { url: this.urls.rows, where, sort, search, ...(inside ? { inside } : {}) } };
  }

  /** Give the focus back to the cell one came from. */
  override focus(): void {
    if (this.#grid.getActiveCell()) this.#sheet.catcher.focus();
    else if (this.#rows.total) this.#grid.setActiveCell(Math.max(0, this.#rows.sections.step(-1, 1)), 1);
  }

  #build(): void {
    const { config } = this.#view;
    const rowHeight = this.#height();
    this.#rows = new Rows(this.#view);
    this.#edits = new Edits(this.#rows, config.urls.cells);
    this.#ticks = new Ticks(this.#view, () => this.#rows.total);
    this.#grid = new Grid(this.#body, this.#rows.provider as never, this.#slick(), {
      rowHeight, enableCellNavigation: true, enableColumnReorder: true, editable: false, createFooterRow: true, showFooterRow: true,
      footerRowHeight: 36, frozenColumn: this.#frozen(), enableHtmlRendering: false, explicitInitialization: true, syncColumnCellResize: true,
      skipFreezeColumnValidation: true, unorderableColumnCssClass: "cell-number", fullWidthRows: false, rowTopOffsetRenderType: "top", minRowBuffer: 6,
    } as never);
    this.#sheet = new Sheet(this.#grid, this.#rows, this.#view, this.#edits, (index) => this.#open(index), (key) => this.#header.menu(key), (line) => this.#toggle(line));
    this.#header = new Header(this.#grid, this.#view, this.#ticks, () => this.#tickPage(), () => setTimeout(() => this.#sheet.catcher.focus()), (anchor) => void addField(anchor, this.#view)); /* after the key that closed it */
    this.#totals = new Totals(this.#view, this.#grid, (total, estimated) => this.#counted(total, estimated));
    this.#grid.init();
    this.#body.after(this.#sheet.catcher.area);
    this.#bar = new SelectionBar(this.#ticks, this.#view, () => void this.refresh());
    this.#body.after(this.#bar.bar);
    nameForReaders(this.#grid, this.#body, config.name ?? this.getAttribute("label") ?? t("记录", "Records"));
    clicking(this.#sheet, this.#rows, this.#ticks);
    hinting(this.#grid);
    hovering(this.#body, this.#grid);
    this.#listen();
    this.toggleAttribute("touch", touch());
  }

  #listen(): void {
    const drag = dragging(this.#body, this.#sheet);
    this.#stops.push(() => drag.abort());
    this.#grid.onRendered.subscribe(() => nameRows(this.#grid, this.#body));
    this.#grid.onViewportChanged.subscribe(() => this.#need());
    this.#grid.onColumnsResized.subscribe(() => this.#keepColumns());
    this.#grid.onColumnsReordered.subscribe(() => this.#keepColumns());
    this.#rows.addEventListener("rows", (event) => this.#arrived((event as CustomEvent).detail));
    this.#rows.addEventListener("failed", (event) => this.#failed((event as CustomEvent).detail.reason));
    this.#edits.addEventListener("changed", (event) => this.#redrawRows((event as CustomEvent<Set<number>>).detail));
    this.#edits.addEventListener("saved", () => {
      this.#totals.saved(new Date());
      this.#totals.later();
      this.#figuresLater();
    });
    this.#edits.addEventListener("clash", (event) => this.#sheet.clashes.tell((event as CustomEvent<Edit[]>).detail));
    this.#ticks.addEventListener("ticks", () => {
      this.#grid.invalidate();
      this.#header.redraw();
      this.dispatchEvent(new CustomEvent("jf:selection", { bubbles: true, detail: this.#ticks.selection }));
    });
    for (const part of ["where", "sort", "search", "groups", "colors"]) this.#on(this.#view, part, () => void this.#load());
    this.#on(this.#view, "height", () => this.#heightChanged());
    this.#on(this.#view, "summary", () => {
      this.#totals.later();
      this.#figuresLater();
    });
    this.#on(document, "jf:groups", (event) => this.#rows.sections.grouped && this.#rows.toggle("all", (event as CustomEvent<{ open: boolean }>).detail.open));
    this.#on(this.#view, "columns", () => this.#columnsChanged());
    this.#on(document, "jf:refresh", () => void this.refresh());
    const sizes = new ResizeObserver(() => this.#grid.resizeCanvas());
    sizes.observe(this.#body);
    this.#stops.push(() => sizes.disconnect());
    this.#stops.push(guard({ loss: () => loss(this.#edits), settled: () => this.#edits.settled }));
  }

  #on(target: EventTarget, type: string, run: (event: Event) => void): void {
    target.addEventListener(type, run);
    this.#stops.push(() => target.removeEventListener(type, run));
  }

  /** Subtotals follow what was changed, once the hand rests. */
  #figuresLater(): void {
    clearTimeout(this.#figuring);
    if (this.#rows.sections.grouped) this.#figuring = window.setTimeout(() => void this.#rows.refigure().then(() => this.#redrawHeads()), PAUSE);
  }

  #slick(): ReturnType<typeof slickColumns> {
    return slickColumns(this.#view, this.#edits, this.#ticks, (line) => this.#rows.sections.ordinal(line));
  }

  /** The height of a row, which the style sheet knows too. */
  #height(): number {
    const { config, state } = this.#view;
    const height = touch() ? Math.max(TOUCH_ROW, config.row_heights?.[state.height] ?? 0) : config.row_heights?.[state.height] ?? ROW;
    this.style.setProperty("--row", `${height}px`);
    this.toggleAttribute("tall", state.height === "tall");
    return height;
  }

  #heightChanged(): void {
    const top = this.#grid.getViewport().top;
    this.#grid.setOptions({ rowHeight: this.#height() } as never, true);
    this.#grid.invalidate();
    this.#grid.scrollRowToTop(top);
    this.#sheet.follow();
  }

  #toggle(line: number): void {
    this.#sheet.range.clear();
    this.#rows.toggle(line);
  }

  #redrawHeads(): void {
    const { top, bottom } = this.#grid.getRenderedRange();
    this.#grid.invalidateRows(Array.from({ length: bottom - top + 1 }, (_, at) => top + at).filter((line) => this.#rows.sections.head(line)));
    this.#grid.render();
  }

  #frozen(): number {
    if (touch()) return -1;
    let frozen = Math.min(this.#view.state.freeze, this.#view.state.columns.length - 1);
    const widths = this.#slick().map((column) => column.width ?? 0);
    const width = (): number => widths.slice(0, frozen + 1).reduce((sum, one) => sum + one, 0);
    while (frozen > 0 && width() > this.clientWidth * FROZEN_SHARE) frozen -= 1;
    return frozen;
  }

  async #load(around = 0): Promise<void> {
    this.#body.setAttribute("aria-busy", "true");
    this.#header.redraw();
    this.#totals.later();
    await this.#rows.restart(around);
    this.#body.removeAttribute("aria-busy");
    if (!around) {
      this.#grid.scrollRowToTop(0);
      this.#ticks.clear();
    }
  }

  #arrived({ from, to, fresh }: { from: number; to: number; fresh: boolean }): void {
    this.querySelector(".grid-state")?.remove();
    if (fresh) this.#grid.invalidateAllRows();
    else this.#grid.invalidateRows(Array.from({ length: to - from + 1 }, (_, at) => from + at));
    this.#grid.updateRowCount();
    this.#grid.render();
    this.#need();
    if (fresh && !this.#rows.total) this.#empty();
    if (fresh && this.#rows.cut && !this.#told) toast(t("分组太多，只显示前 2,000 组；换个字段或加筛选条件", "Too many groups; the first 2,000 are shown. Choose another field or add a filter"));
    if (fresh) this.#told = this.#rows.cut;
  }

  #need(): void {
    const { top, bottom } = this.#grid.getViewport();
    this.#rows.show(top, bottom);
  }

  #counted(total: number, estimated: boolean): void {
    this.#rows.counted(total, estimated);
    if (numberWidth(total) !== this.#grid.getColumns()[0].width) this.#setColumns();
    this.#grid.updateRowCount();
    this.#grid.render();
    this.#bar.draw();
    for (const place of document.querySelectorAll("[data-count]")) place.textContent = countWords(total, estimated);
    document.dispatchEvent(new CustomEvent("jf:counted", { detail: { total, estimated } }));
  }

  #redrawRows(ids: Set<number>): void {
    const indexes = [...this.#rows.known()].filter(([, row]) => ids.has(row.id)).map(([index]) => index);
    this.#grid.invalidateRows(indexes);
    this.#grid.render();
    this.#sheet.follow();
  }

  #keepColumns(): void {
    const columns = this.#grid.getColumns().filter((column) => isField(column.id)).map((column) => {
      const own = this.#view.state.columns.find(({ key }) => key === column.id);
      const width = Math.round(column.width ?? 0);
      const standard = this.#slick().find(({ id }) => id === column.id)?.width;
      return own?.width || width !== standard ? { key: String(column.id), width } : { key: String(column.id) };
    });
    this.#view.set({ columns });
  }

  #columnsChanged(): void {
    const now = this.#grid.getColumns().map(({ id }) => id).join();
    const next = this.#slick();
    const frozen = this.#frozen();
    const missing = next.some(({ id }) => !now.includes(String(id)));
    if (next.map(({ id }) => id).join() !== now || this.#grid.getOptions().frozenColumn !== frozen) {
      this.#sheet.range.clear();
      this.#setColumns(next, frozen);
    }
    this.#header.redraw();
    this.#totals.draw();
    if (missing) {
      void this.#rows.restart(this.#grid.getViewport().top);
      this.#totals.later();
    }
  }

  #setColumns(columns = this.#slick(), frozenColumn = this.#frozen()): void {
    this.#grid.setOptions({ frozenColumn } as never, true);
    this.#grid.setColumns(columns);
    nameForReaders(this.#grid, this.#body, this.#body.getAttribute("aria-label") ?? "");
    this.#totals.draw();
  }

  #tickPage(): void {
    this.#ticks.tick([...this.#rows.known()].map(([, row]) => row));
  }

  #open(index: number): void {
    const row = this.#rows.getItem(index);
    if (!row) return;
    this.#mark(index);
    this.dispatchEvent(new CustomEvent("jf:open", { bubbles: true, detail: { id: row.id, index, total: this.#rows.total } }));
  }

  /** The row that the side panel shows. */
  #mark(index: number): void {
    const styles = Object.fromEntries(this.#grid.getColumns().map((column) => [column.id, "cell-opened"]));
    this.#grid.setCellCssStyles("opened", { [index]: styles });
  }

  #empty(): void {
    const { where, search } = this.#view.state;
    const filtered = Boolean(where) || Boolean(search);
    const title = filtered ? t("没有符合条件的记录", "No records match") : t("还没有记录", "No records yet");
    const hint = filtered ? t("放宽条件，或者清除筛选。", "Loosen the conditions or clear the filter.") : t("新建第一条，或者从 Excel 导入。", "Create the first one, or import from Excel.");
    const clear = filtered && el("button", { type: "button", class: "btn", onclick: () => this.#view.set({ where: null, search: "" }) }, t("清除筛选", "Clear filter"));
    this.#state(el("div", { class: "state" }, icon(filtered ? "filter" : "inbox"), el("h2", {}, title), el("p", {}, hint), el("div", { class: "row" }, clear, ...(filtered ? [] : this.#beginnings()))));
  }

  /** What one who finds nothing here may do next. */
  #beginnings(): HTMLElement[] {
    const { can, urls } = this.#view.config;
    const base = urls.record?.replace("/{id}", "");
    if (!base) return [];
    return [
      ...(can.create ? [el("a", { class: "btn btn-primary", href: `${base}/new` }, icon("plus"), t("新建", "New"))] : []),
      ...(can.import ? [el("a", { class: "btn", href: `${base}/import` }, icon("upload"), t("导入", "Import"))] : []),
    ];
  }

  #failed(reason: Error): void {
    const again = el("button", { type: "button", class: "btn", onclick: () => (this.#view ? void this.#load() : location.reload()) }, icon("refresh"), t("重试", "Try again"));
    this.#state(el("div", { class: "state error", role: "alert" }, icon("alert-circle"), el("h2", {}, t("列表没有加载出来", "The list could not be loaded")), el("p", {}, reason.message), again));
  }

  #state(content: HTMLElement): void {
    this.querySelector(".grid-state")?.remove();
    this.append(el("div", { class: "grid-state" }, content));
  }
}

customElements.define("jf-grid", JfGrid);
