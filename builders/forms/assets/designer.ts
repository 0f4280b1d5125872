/** <form-designer>: palette, canvas and properties of a form, by mouse, finger and keyboard. */
import { define } from "../../../engine/web/assets/lazy";
import { el, icon, typing } from "../../../engine/web/assets/base/dom";
import { get } from "../../../engine/web/assets/base/http";
import { language, t } from "../../../engine/web/assets/base/language";
import { popover } from "../../../engine/web/assets/base/popover";
import { toast } from "../../../engine/web/assets/elements/toast";
import { Canvas } from "./canvas";
import { read, written } from "./clipboard";
import { Dragging } from "./drag";
import type { Dragged } from "./drag";
import type { Draft, FieldDoc, Form } from "./draft";
import { Faults } from "./faults";
import { labelText } from "./labels";
import { made } from "./making";
import type { Tile } from "./making";
import { moves } from "./moves";
import { palette, tileOf } from "./palette";
import { FORM, Properties, isPublished } from "./properties";
import { renameKey } from "./renaming";
import { pageDraft } from "./shell";
import { doubled, found, free, insert, insideOf, keyOf, listOf, move, pathOf, rowsOf, take, taken } from "./structure";
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
  #selected: string | null = null;
  /** The field whose key follows its name while that is typed. */
  #proposed: string | null = null;
  #turns = new Map<string, number>();
  #tools = this.#toolbar();

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
    });
    this.#faults = new Faults(this.querySelector<HTMLElement>("[data-faults]")!, this.#draft, (path, property) => { this.select(path, true); this.#properties.focus(property); }, () => this.#markFaults());
    palette(this.querySelector<HTMLElement>(".palette")!, (tile) => void this.add(tile));
    this.#dragging = new Dragging({ grid, types: this.#types, form: () => this.#draft.document, dropped: (dragged, place) => void this.#dropped(dragged, place) }, [...this.querySelectorAll<HTMLElement>(".palette-tiles")]);
    this.#listen(grid);
    this.#drawn();
    this.select(null);
    this.inert = false;
    this.dataset.ready = "";
  }

  /** Select a field, the form, or nothing. */
  select(path: string | null, focus = false): void {
    this.#selected = path;
    for (const card of this.querySelectorAll(".selected")) card.classList.remove("selected");
    this.#tools.remove();
    this.querySelector("[data-form-head]")!.classList.toggle("selected", path === FORM);
    const card = path && path !== FORM ? this.#canvas.card(path) : null;
    for (const one of this.#canvas.cards) one.tabIndex = one === card ? 0 : -1;
    if (!card) {
      const first = this.#canvas.cards[0];
      if (first) first.tabIndex = 0;
    } else {
      card.classList.add("selected");
      card.append(this.#tools);
      card.scrollIntoView({ block: "nearest" });
      if (focus) card.focus({ preventScroll: true });
    }
    this.#properties.show(path);
  }

  /** Put a new field below the selected one, else last; its name is ready to be typed. */
  async add(tile: Tile, wanted?: Place): Promise<void> {
    const place = wanted ?? this.#below(tile.type);
    const field = await made(this.#draft.document, tile, place.inside, this.#types);
    if (typeof field === "string") return toast({ text: field, bad: true });
    field.key = free(field.key, taken(this.#draft.document, place.inside));
    this.#draft.change(t("加“{field}”", "Add “{field}”", { field: tile.label }), (form) => insert(form, field, place, this.#types));
    this.select(pathOf(place.inside, field.key));
    this.#properties.focusName();
    this.#say(t("已加“{field}”", "Added “{field}”", { field: tile.label }));
  }

  #below(type: string): Place {
    const form = this.#draft.document;
    const path = this.#selected === FORM ? null : this.#selected;
    const inside = path ? insideOf(path) : null;
    if (path && inside !== null && this.#types.of(type).inside) return { inside, index: listOf(form, inside).findIndex((one) => one.key === keyOf(path)) + 1 };
    const key = path?.split(".")[0];
    const at = form.fields.findIndex((one) => one.key === key);
    if (at < 0) return { inside: null, index: form.fields.length };
    const row = rowsOf(form.fields, this.#types).find((keys) => keys.includes(key!))!;
    return { inside: null, index: at === form.fields.length - 1 ? at + 1 : form.fields.findIndex((one) => one.key === row.at(-1)) + 1 };
  }

  async #dropped(dragged: Dragged, place: Place): Promise<void> {
    if (dragged.path === null) return this.add(tileOf(dragged.element), place);
    this.move(dragged.path, place);
  }

  /** Take a field to another place. */
  move(path: string, place: Place): void {
    const name = this.#nameOf(path);
    let now = path;
    this.#draft.change(t("移动“{field}”", "Move “{field}”", { field: name }), (form) => { now = move(form, path, place, this.#types); });
    this.select(now, true);
    const list = listOf(this.#draft.document, insideOf(now));
    this.#say(t("“{field}”已移到第 {n} 位，共 {total} 个", "“{field}” moved to place {n} of {total}", { field: name, n: list.findIndex((one) => one.key === keyOf(now)) + 1, total: list.length }));
  }

  takeOut(path: string): void {
    const name = this.#nameOf(path);
    const inside = insideOf(path);
    if (inside !== null && listOf(this.#draft.document, inside).length === 1) return toast({ text: t("子表单至少要有一列", "A subform has at least one column"), bad: true });
    const order = this.#canvas.cards.map((one) => one.dataset.path!);
    const next = order[order.indexOf(path) + 1] ?? order[order.indexOf(path) - 1] ?? null;
    this.#draft.change(t("删除“{field}”", "Delete “{field}”", { field: name }), (form) => take(form, path, this.#types));
    this.select(next && found(this.#draft.document, next) ? next : null, true);
    toast({ text: t("已删除“{field}”", "“{field}” deleted", { field: name }), undo: () => this.#undo() });
  }

  /** The field once more, below itself. */
  double(path: string): void {
    const field = found(this.#draft.document, path);
    if (field) this.#paste([field], t("复制“{field}”", "Duplicate “{field}”", { field: this.#nameOf(path) }));
  }

  #paste(fields: FieldDoc[], label: string): void {
    const fitting = fields.filter((one) => this.#types.of(one.type).label);
    if (!fitting.length) return toast({ text: t("没有可以粘贴的字段", "There is no field to paste") });
    let last = "";
    this.#draft.change(label, (form) => {
      for (const field of fitting) {
        const place = last ? { inside: insideOf(last), index: listOf(form, insideOf(last)).findIndex((one) => one.key === keyOf(last)) + 1 } : this.#below(field.type);
        const twin = doubled(form, field, place.inside);
        insert(form, twin, place, this.#types);
        last = pathOf(place.inside, twin.key);
      }
    });
    this.select(last, true);
    this.#say(t("已粘贴 {n} 个字段", "{n} fields pasted", { n: fitting.length }));
  }

  #listen(grid: HTMLElement): void {
    grid.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target.closest(".card-tools")) return;
      const card = target.closest<HTMLElement>("[data-path]");
      if (card) this.select(card.dataset.path!, true);
    });
    this.querySelector(".canvas")!.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target.closest("[data-form-head]")) this.select(FORM);
      else if (!target.closest("[data-path], [data-faults], .card-tools")) this.select(null);
    });
    grid.addEventListener("focusin", (event) => {
      const card = (event.target as Element).closest<HTMLElement>("[data-path]");
      if (card && event.target === card && card.dataset.path !== this.#selected) this.select(card.dataset.path!);
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("copy", (event) => this.#copied(event, false));
    document.addEventListener("cut", (event) => this.#copied(event, true));
    document.addEventListener("paste", (event) => {
      if (typing(event.target)) return;
      const fields = read(event.clipboardData?.getData("text/plain") ?? null);
      const known = fields.length ? fields : read(null);
      if (!known.length) return;
      event.preventDefault();
      this.#paste(known, t("粘贴", "Paste"));
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
    if (this.#selected && this.#selected !== FORM && !found(form, this.#selected)) this.select(null);
    else this.#properties.refresh();
    if (reason === "merged") toast(t("已合并别人刚做的修改", "Somebody else’s changes were merged in"));
    this.#drawn();
  }

  /** Cards were drawn anew: the toolbar and the marks belong to them again. */
  #drawn(): void {
    this.#dragging?.ready();
    const card = this.#selected && this.#selected !== FORM ? this.#canvas.card(this.#selected) : null;
    if (card && !card.classList.contains("selected")) {
      card.classList.add("selected");
      card.tabIndex = 0;
    }
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
    if (command && event.key === "Enter") {
      event.preventDefault();
      (document.activeElement as HTMLElement | null)?.blur();
      document.querySelector<HTMLButtonElement>("[data-publish]")?.click();
      return;
    }
    if (command && letter === "s") {
      event.preventDefault();
      void this.#draft.save();
      return;
    }
    const card = (event.target as Element).closest?.<HTMLElement>("[data-path]");
    if (!card || event.target !== card || !this.#selected || this.#selected === FORM) return;
    const path = this.#selected;
    if (event.altKey && event.key.startsWith("Arrow")) {
      const step = moves(this.#draft.document, path, this.#types).find((one) => one.key === event.key);
      event.preventDefault();
      if (step?.place) this.move(path, step.place);
      else this.#say(t("不能再往这边移", "It cannot go further that way"));
    } else if (command && letter === "d") {
      event.preventDefault();
      this.double(path);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.takeOut(path);
    } else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      this.#properties.focusName();
    } else if (event.key === "Escape") this.select(null);
    else if (event.key === "m" || event.key === "ContextMenu") {
      event.preventDefault();
      this.#menu(card);
    } else if (event.key.startsWith("Arrow") && !command) {
      const cards = this.#canvas.cards;
      const next = cards[cards.indexOf(card) + (event.key === "ArrowDown" || event.key === "ArrowRight" ? 1 : -1)];
      if (next) { event.preventDefault(); this.select(next.dataset.path!, true); }
    }
  }

  #copied(event: ClipboardEvent, cut: boolean): void {
    if (typing(event.target) || !this.#selected || this.#selected === FORM || String(getSelection())) return;
    const field = found(this.#draft.document, this.#selected);
    if (!field) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", written([field]));
    if (cut) this.takeOut(this.#selected);
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
    const shown = this.#selected === path;
    const focused = shown && this.querySelector("[data-properties]")!.contains(document.activeElement);
    const now = pathOf(insideOf(path), key);
    if (shown) {
      this.#selected = now;
      this.#properties.follow(now);
    }
    this.#draft.change(t("改标识", "Change the key"), (form: Form) => void renameKey(form, path, key, this.#types), `${path}/label`);
    if (shown && !focused) this.select(now, true);
  }

  #nameOf(path: string): string {
    const field = found(this.#draft.document, path);
    return labelText(field?.label) || keyOf(path);
  }

  #say(text: string, shown = false): void {
    this.querySelector("[data-announce]")!.textContent = text;
    if (shown) toast(text);
  }

  #toolbar(): HTMLElement {
    const button = (sign: SVGSVGElement, label: string, run: (path: string, anchor: HTMLElement) => void): HTMLElement => {
      const made = el("button", { type: "button", class: "no-drag", tabindex: -1, title: label, "aria-label": label }, sign);
      made.addEventListener("click", (event) => {
        event.stopPropagation();
        if (this.#selected) run(this.#selected, made);
      });
      return made;
    };
    return el("div", { class: "card-tools", role: "toolbar", "aria-label": t("字段操作", "Field") },
      el("span", { class: "grip", "aria-hidden": "true", title: t("拖动", "Drag") }, icon("grip-vertical")),
      button(icon("copy"), t("复制", "Duplicate"), (path) => this.double(path)),
      button(icon("trash"), t("删除", "Delete"), (path) => this.takeOut(path)),
      button(icon("arrows-move"), t("移动", "Move"), (_, anchor) => this.#menu(anchor)));
  }

  #menu(anchor: HTMLElement): void {
    const path = this.#selected!;
    const places = moves(this.#draft.document, path, this.#types).filter((one) => one.place);
    if (!places.length) return;
    const { box, close } = popover(anchor, t("移动", "Move"), places.map((one) => el("button", { type: "button", role: "menuitem", class: "menu-item", onclick: () => { close(); this.move(path, one.place!); } }, one.label, one.key ? el("kbd", {}, one.keys) : null)), { menu: true });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const items = [...box.querySelectorAll<HTMLElement>("button")];
      items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length].focus();
    });
  }
}

customElements.define("form-designer", Designer);
