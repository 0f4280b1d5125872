/** <form-designer>: palette, canvas and properties of a form, by mouse, finger and keyboard. */
import { define } from "../../../engine/web/assets/lazy";
import { typing } from "../../../engine/web/assets/base/dom";
import { get } from "../../../engine/web/assets/base/http";
import { language, t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import { Canvas } from "./canvas";
import { moveMenu, toolbar } from "./card-tools";
import { read, written } from "./clipboard";
import { Dragging } from "./drag";
import type { Dragged } from "./drag";
import type { Draft, Form } from "./draft";
import { Editing } from "./editing";
import { Faults } from "./faults";
import { labelText } from "./labels";
import type { Tile } from "./making";
import { palette, tileOf } from "./palette";
import { Properties, isPublished } from "./properties";
import { renameKey } from "./renaming";
import { FORM, Selection } from "./selection";
import { pageDraft } from "./shell";
import { found, free, insideOf, listOf, pathOf, taken } from "./structure";
import type { Place } from "./structure";
import { Types } from "./types";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

class Designer extends HTMLElement {
  #draft!: Draft;
  #types!: Types;
  #canvas!: Canvas;
  #properties!: Properties;
  #dragging!: Dragging;
  #faults!: Faults;
  #editing!: Editing;
  #selection = new Selection();
  #pressing = false;
  /** The field whose key follows its name while that is typed. */
  #proposed: string | null = null;
  #turns = new Map<string, number>();
  #tools = toolbar(() => this.#editing, () => this.#sheet(true));

  async connectedCallback(): Promise<void> {
    const shell = document.querySelector("design-shell")!;
    const url = shell.getAttribute("url")!;
    [this.#draft, this.#types] = await Promise.all([pageDraft(), Types.open(url)]);
    const grid = this.querySelector<HTMLElement>("[data-canvas]")!;
    this.#canvas = new Canvas(grid, url, this.#types, this.#draft.document, () => this.#drawn());
    this.#properties = new Properties(this.querySelector<HTMLElement>("[data-properties]")!, {
      draft: this.#draft, types: this.#types, base: url.replace(/\/design$/, ""),
      select: (path) => this.select(path, true),
      named: (path, typed) => void this.#named(path, typed),
      renamed: (path, key) => this.#renamed(path, key),
      retyped: (path) => this.#canvas.again([path.split(".")[0]]),
      steps: () => this.#editing.steps(),
      double: () => this.#editing.double(),
      takeOut: () => this.#editing.takeOut(),
    });
    this.#editing = new Editing({
      draft: this.#draft, types: this.#types, selection: this.#selection,
      selected: () => this.#show(true),
      say: (text) => this.#say(text),
      undo: () => this.#undo(),
      shown: () => this.#canvas.cards.map((one) => one.dataset.path!),
    });
    this.#faults = new Faults(this.querySelector<HTMLElement>("[data-faults]")!, this.#draft, (path, property) => { this.select(path, true); this.#sheet(true); this.#properties.focus(property); }, () => this.#markFaults());
    palette(this.querySelector<HTMLElement>(".palette")!, (tile) => void this.add(tile));
    this.#dragging = new Dragging({ grid, types: this.#types, form: () => this.#draft.document, group: (path) => (this.#selection.has(path) ? this.#editing.chosen : [path]), dropped: (dragged, place) => void this.#dropped(dragged, place) }, [...this.querySelectorAll<HTMLElement>(".palette-tiles")]);
    this.#listen(grid);
    this.#drawn();
    this.select(null);
    this.inert = false;
    this.dataset.ready = "";
  }

  /** Select a field, the form, or nothing. */
  select(path: string | null, focus = false): void {
    this.#selection.only(path);
    this.#show(focus);
  }

  /** Put a new field in; its name is ready to be typed. */
  async add(tile: Tile, wanted?: Place): Promise<void> {
    if (!(await this.#editing.add(tile, wanted))) return;
    this.#sheet(true);
    this.#properties.focusName();
  }

  /** On a phone the properties lie on a sheet over the canvas, with what is selected above it. */
  #sheet(open: boolean): void {
    this.toggleAttribute("data-sheet", open);
    const { lead } = this.#selection;
    if (open && lead && lead !== FORM) this.#canvas.card(lead)?.scrollIntoView({ block: "nearest" });
  }

  /** Mark what is selected, and show it in the panel. */
  #show(focus: boolean): void {
    const { lead, paths } = this.#selection;
    for (const card of this.querySelectorAll(".selected")) card.classList.remove("selected");
    this.#tools.remove();
    const head = this.querySelector<HTMLElement>("[data-form-head]")!;
    head.classList.toggle("selected", lead === FORM);
    if (focus && lead === FORM) head.focus({ preventScroll: true });
    const card = lead && lead !== FORM ? this.#canvas.card(lead) : null;
    for (const one of this.#canvas.cards) {
      one.tabIndex = one === card ? 0 : -1;
      one.classList.toggle("selected", this.#selection.has(one.dataset.path!));
    }
    if (!card) {
      const first = this.#canvas.cards[0];
      if (first) first.tabIndex = 0;
    } else {
      card.append(this.#tools);
      card.scrollIntoView({ block: "nearest" });
      if (focus) card.focus({ preventScroll: true });
    }
    if (!lead) this.#sheet(false);
    this.#properties.show(lead, paths);
    if (paths.length > 1) this.#say(t("已选 {n} 个字段", "{n} fields selected", { n: paths.length }));
  }

  async #dropped(dragged: Dragged, place: Place): Promise<void> {
    if (!dragged.paths.length) return this.add(tileOf(dragged.element), place);
    this.#editing.move(dragged.paths, place);
  }

  /** The fields of the list that a field stands in, as they are shown. */
  #mates(path: string): string[] {
    const inside = insideOf(path);
    return listOf(this.#draft.document, inside).map((one) => pathOf(inside, one.key));
  }

  #listen(grid: HTMLElement): void {
    grid.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target.closest(".card-tools")) return;
      const path = target.closest<HTMLElement>("[data-path]")?.dataset.path;
      if (!path) return;
      if (event.shiftKey) this.#selection.extend(path, this.#mates(path));
      else if (event.ctrlKey || event.metaKey) this.#selection.toggle(path);
      else this.#selection.only(path);
      this.#show(true);
      this.#sheet(true);
    });
    grid.addEventListener("mousedown", (event) => { if (event.shiftKey) event.preventDefault(); }); // or the words between would be marked
    for (const [name, pressing] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]] as const) document.addEventListener(name, () => { this.#pressing = pressing; }, true);
    this.querySelector(".canvas")!.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target.closest("[data-form-head]")) { this.select(FORM); this.#sheet(true); }
      else if (!target.closest("[data-path], [data-faults], .card-tools")) this.select(null);
    });
    grid.addEventListener("focusin", (event) => {
      const card = (event.target as Element).closest<HTMLElement>("[data-path]");
      /* A press is followed by its click, which knows whether one more is meant. */
      if (card && event.target === card && !this.#pressing && card.dataset.path !== this.#selection.lead) this.select(card.dataset.path!);
    });
    this.querySelector("[data-close-properties]")!.addEventListener("click", () => this.#sheet(false));
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("copy", (event) => this.#copied(event, false));
    document.addEventListener("cut", (event) => this.#copied(event, true));
    document.addEventListener("paste", (event) => {
      if (typing(event.target)) return;
      const fields = read(event.clipboardData?.getData("text/plain") ?? null);
      const known = fields.length ? fields : read(null);
      if (!known.length) return;
      event.preventDefault();
      this.#editing.paste(known, t("粘贴", "Paste"));
    });
    document.addEventListener("jf:draft", (event) => this.#follow((event as CustomEvent<{ reason: string }>).detail.reason));
    document.querySelector("[data-undo]")?.addEventListener("click", () => this.#undo());
    document.querySelector("[data-redo]")?.addEventListener("click", () => this.#redo());
  }

  #follow(reason: string): void {
    const [undo, redo] = [document.querySelector<HTMLButtonElement>("[data-undo]"), document.querySelector<HTMLButtonElement>("[data-redo]")];
    if (undo) undo.disabled = !this.#draft.canUndo;
    if (redo) redo.disabled = !this.#draft.canRedo;
    if (reason !== "changed" && reason !== "merged") return;
    const form = this.#draft.document;
    this.#canvas.show(form);
    this.querySelector("[data-form-name-canvas]")!.textContent = labelText(form.name) || form.key;
    this.querySelector("[data-form-description]")!.textContent = labelText(form.description) || t("点这里写表单说明、标题和图标", "Description, title and icon of the form");
    this.querySelector<HTMLElement>("[data-empty]")!.hidden = form.fields.length > 0;
    if (this.#selection.keep((path) => found(form, path) !== undefined)) this.#show(false);
    else this.#properties.refresh();
    if (reason === "merged") toast(t("已合并别人刚做的修改", "Somebody else’s changes were merged in"));
    this.#drawn();
  }

  /** Cards were drawn anew: the toolbar and the marks belong to them again. */
  #drawn(): void {
    this.#dragging?.ready();
    const { lead } = this.#selection;
    for (const one of this.#canvas.cards) one.classList.toggle("selected", this.#selection.has(one.dataset.path!));
    const card = lead && lead !== FORM ? this.#canvas.card(lead) : null;
    if (card) card.tabIndex = 0;
    if (card && this.#tools.parentElement !== card) card.append(this.#tools);
    this.#markFaults();
    define(this);
  }

  #markFaults(): void {
    const faulty = this.#faults?.paths ?? new Set<string>();
    for (const card of this.#canvas.cards) card.classList.toggle("faulty", faulty.has(card.dataset.path!));
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const command = MAC ? event.metaKey : event.ctrlKey;
    const letter = event.key.toLowerCase();
    if (command && !typing(event.target) && (letter === "z" || letter === "y")) {
      event.preventDefault();
      if (letter === "y" || event.shiftKey) this.#redo();
      else this.#undo();
      return;
    }
    if (event.key === "/" && !command && !typing(event.target)) {
      event.preventDefault();
      this.querySelector<HTMLInputElement>("[data-palette-search]")!.select();
      return;
    }
    const back = event.key === "Escape" && !event.defaultPrevented && this.#selection.lead && (event.target as Element).closest?.("[data-properties], .palette");
    if (back) return this.#show(true);
    const card = (event.target as Element).closest?.<HTMLElement>("[data-path]");
    if (card && event.target === card && this.#selection.paths.length) this.#cardKey(event, card, command);
  }

  /** A key on a field of the canvas: for all that are selected. */
  #cardKey(event: KeyboardEvent, card: HTMLElement, command: boolean): void {
    const letter = event.key.toLowerCase();
    const path = card.dataset.path!;
    const arrow = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const does = ((): (() => void) | null => {
      if (event.altKey && arrow) return () => this.#step(event.key);
      if (command && letter === "d") return () => this.#editing.double();
      if (command && letter === "a") return () => { this.#selection.all(this.#mates(path)); this.#show(true); };
      if (event.key === "Delete" || event.key === "Backspace") return () => this.#editing.takeOut();
      if (event.key === "Enter" || event.key === "F2") return () => this.#properties.focusName();
      if (event.key === "Escape") return () => this.select(this.#selection.paths.length > 1 ? path : null, this.#selection.paths.length > 1);
      if (event.key === "m" || event.key === "ContextMenu") return () => moveMenu(card, this.#editing);
      if (arrow && event.shiftKey) return () => this.#extend(path, arrow);
      if (!arrow || command) return null;
      const cards = this.#canvas.cards;
      const next = cards[cards.indexOf(card) + arrow];
      return next ? () => this.select(next.dataset.path!, true) : null;
    })();
    if (!does) return;
    event.preventDefault();
    does();
  }

  #step(key: string): void {
    const step = this.#editing.steps().find((one) => one.key === key);
    if (step?.run) step.run();
    else this.#say(t("不能再往这边移", "It cannot go further that way"));
  }

  #extend(path: string, step: number): void {
    const mates = this.#mates(path);
    const next = mates[mates.indexOf(path) + step];
    if (!next) return;
    this.#selection.extend(next, mates);
    this.#show(true);
  }

  #copied(event: ClipboardEvent, cut: boolean): void {
    if (typing(event.target) || String(getSelection())) return;
    const fields = this.#editing.chosen.map((path) => found(this.#draft.document, path)!);
    if (!fields.length) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", written(fields));
    if (cut) this.#editing.takeOut();
    else this.#say(t("已复制，可以粘贴到这个或别的表单", "Copied; paste it in this or another form"));
  }

  #undo(): void {
    const step = this.#draft.undo();
    if (step) this.#say(step.skipped ? t("已撤销“{what}”，别人改过的 {n} 处没有动", "Undone: {what}; {n} places that somebody else has changed were left", { what: step.label, n: step.skipped }) : t("已撤销“{what}”", "Undone: {what}", { what: step.label }), step.skipped > 0);
  }

  #redo(): void {
    const step = this.#draft.redo();
    if (step) this.#say(t("已重做“{what}”", "Redone: {what}", { what: step.label }));
  }

  /** A field that is not live yet takes its key from its name, as long as nobody gave it one; while it is `typed` too. */
  async #named(path: string, typed: boolean): Promise<void> {
    const field = found(this.#draft.document, path);
    const proposed = this.#proposed === path;
    this.#proposed = null;
    if (!field || isPublished(this.#draft, path) || !(proposed || new RegExp(`^(${field.type}|item)(_\\d+)?$`).test(field.key))) return;
    if (typed) this.#proposed = path;
    const turn = (this.#turns.get(path) ?? 0) + 1;
    this.#turns.set(path, turn);
    const name = labelText(field.label, "zh-CN") || labelText(field.label, language);
    const { key } = await get<{ key: string }>(`${this.#draft.url}/key?name=${encodeURIComponent(name)}`).catch(() => ({ key: "" }));
    if (!key || !found(this.#draft.document, path) || key === field.key || this.#turns.get(path) !== turn) return;
    const others = new Set([...taken(this.#draft.document, insideOf(path))].filter((one) => one !== field.key));
    const wanted = free(key, others);
    if (wanted === field.key) return;
    if (this.#proposed === path) this.#proposed = pathOf(insideOf(path), wanted);
    this.#renamed(path, wanted);
  }

  #renamed(path: string, key: string): void {
    if (taken(this.#draft.document, insideOf(path)).has(key)) return toast({ text: t("已有字段用了“{key}”", "Another field has the key “{key}”", { key }), bad: true });
    const shown = this.#selection.has(path);
    const focused = shown && this.querySelector("[data-properties]")!.contains(document.activeElement);
    const now = pathOf(insideOf(path), key);
    if (shown) {
      this.#selection.follow(path, now);
      if (this.#selection.paths.length === 1) this.#properties.follow(now);
    }
    this.#draft.change(t("改标识", "Change the key"), (form: Form) => void renameKey(form, path, key, this.#types), `${path}/label`);
    if (shown && !focused) this.#show(true);
  }

  #say(text: string, shown = false): void {
    this.querySelector("[data-announce]")!.textContent = text;
    if (shown) toast(text);
  }
}

customElements.define("form-designer", Designer);
