/** The cards of the canvas: kept in step with the draft; only what changed is asked from the server. */
import { define } from "../../../engine/web/assets/lazy";
import { csrf } from "../../../engine/web/assets/base/http";
import { el } from "../../../engine/web/assets/base/dom";
import { same } from "./delta";
import type { FieldDoc, Form } from "./draft";
import { labelText } from "./labels";
import { twelfths } from "./structure";
import type { Types } from "./types";

const PAUSE = 120;
const CLASSES: Record<number, string> = { 3: "w-quarter", 4: "w-third", 6: "", 12: "w-full" };

export class Canvas {
  /** The fields as the cards show them. */
  #shown = new Map<string, FieldDoc>();
  #waiting = new Set<string>();
  #timer = 0;
  #form: Form;

  constructor(readonly grid: HTMLElement, readonly url: string, readonly types: Types, form: Form, private readonly drawn: () => void) {
    this.#form = form;
    for (const field of form.fields) {
      this.#shown.set(field.key, field);
      const card = this.card(field.key);
      if (card) this.#dress(card, field);
    }
    define(grid);
  }

  card(path: string): HTMLElement | null {
    return this.grid.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`);
  }

  get cards(): HTMLElement[] {
    return [...this.grid.querySelectorAll<HTMLElement>("[data-path]")];
  }

  /** Show the form as it is now: order and widths at once, what else changed as soon as the server has drawn it. */
  show(form: Form): void {
    this.#form = form;
    const keys = new Set(form.fields.map((one) => one.key));
    for (const key of [...this.#shown.keys()]) {
      if (keys.has(key)) continue;
      this.card(key)?.remove();
      this.#shown.delete(key);
      this.#waiting.delete(key);
    }
    let previous: Element | null = null;
    for (const field of form.fields) {
      const before = this.#shown.get(field.key);
      const card: HTMLElement = this.card(field.key) ?? this.#placeholder(field);
      if (!before || !same(bare(before), bare(field))) this.#ask(field.key);
      this.#shown.set(field.key, field);
      this.#dress(card, field);
      const next: Element | null = previous ? previous.nextElementSibling : this.grid.firstElementChild;
      if (next !== card) this.grid.insertBefore(card, next);
      previous = card;
    }
  }

  /** Draw a field anew though its document is the same: something it shows has changed elsewhere. */
  again(keys: Iterable<string>): void {
    for (const key of keys) this.#ask(key);
  }

  #dress(card: HTMLElement, field: FieldDoc): void {
    for (const name of Object.values(CLASSES)) if (name) card.classList.remove(name);
    const width = CLASSES[twelfths(field, this.types)];
    if (width) card.classList.add(width);
    card.toggleAttribute("data-hidden", Boolean(field.hidden));
    const columns = card.querySelector<HTMLElement>(".design-columns");
    if (columns) this.#columns(columns, field);
    const label = card.querySelector<HTMLElement>(":scope > .label, .card-inside .label");
    const text = labelText(field.label) || field.key;
    if (!label) return;
    const badge = card.querySelector(".card-badge");
    const words = label.firstChild instanceof Text ? label.firstChild : null;
    if (words && words.data.trim() !== text) words.data = text;
    if (badge && badge.parentElement !== label) label.append(badge);
  }

  /** A subform's columns in their order, the new ones as an outline until they are drawn. */
  #columns(list: HTMLElement, subform: FieldDoc): void {
    const fields = (subform.fields as FieldDoc[] | undefined) ?? [];
    const paths = new Set(fields.map((one) => `${subform.key}.${one.key}`));
    for (const one of [...list.querySelectorAll<HTMLElement>("[data-path]")]) if (!paths.has(one.dataset.path!)) one.remove();
    fields.forEach((field, number) => {
      const path = `${subform.key}.${field.key}`;
      const name = labelText(field.label) || field.key;
      const column = list.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`)
        ?? el("div", { class: "design-column drawing", "data-path": path, "data-type": field.type, tabindex: -1, role: "group", "aria-label": name }, el("div", { class: "column-name" }, name), el("div", { class: "column-body" }, el("span", { class: "input", "aria-hidden": "true" })));
      const title = column.querySelector<HTMLElement>(".column-name");
      if (title && title.textContent !== name) title.textContent = name;
      if (list.children[number] !== column) list.insertBefore(column, list.children[number] ?? null);
    });
  }

  #placeholder(field: FieldDoc): HTMLElement {
    const type = this.types.of(field.type);
    /* Its columns can be gone to before the server has drawn them. */
    const inside = field.fields ? el("div", { class: "design-columns", "data-columns": field.key }) : el("span", { class: "input", "aria-hidden": "true" });
    return el("div", { class: "design-card drawing", "data-path": field.key, "data-type": field.type, tabindex: -1, role: "group", "aria-label": `${labelText(field.label)} ${type.label}` },
      el("span", { class: "label" }, labelText(field.label) || field.key), inside);
  }

  #ask(key: string): void {
    this.#waiting.add(key);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#draw(), this.card(key)?.classList.contains("drawing") ? 0 : PAUSE);
  }

  async #draw(): Promise<void> {
    const asked = this.#form.fields.filter((one) => this.#waiting.has(one.key));
    this.#waiting.clear();
    if (!asked.length) return;
    const answer = await fetch(`${this.url}/cards`, {
      method: "POST", credentials: "same-origin", body: JSON.stringify({ fields: asked }),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), Accept: "text/html" },
    }).catch(() => null);
    if (!answer?.ok) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const field of asked) {
      const fresh = made.querySelector<HTMLElement>(`.design-card[data-path="${CSS.escape(field.key)}"]`);
      const old = this.card(field.key);
      const now = this.#shown.get(field.key);
      if (!fresh || !old || !now) continue;
      if (!same(bare(now), bare(field)) && !this.#waiting.has(field.key)) this.#ask(field.key);
      const focused = old.contains(document.activeElement) ? (document.activeElement as HTMLElement).closest<HTMLElement>("[data-path]")?.dataset.path : null;
      old.replaceWith(fresh);
      this.#dress(fresh, now);
      if (focused) this.card(focused)?.focus({ preventScroll: true });
    }
    define(this.grid);
    this.drawn();
  }
}

/** What of a field is drawn by the server; width and being hidden are put on here. */
function bare({ width: _, hidden: __, ...rest }: FieldDoc): object {
  return rest;
}
