/** <jf-subform>: rows that behave like a sheet: Enter goes down, arrows move, Excel's cells are pasted over several rows. */
import { fromText } from "../grid/clipboard";
import { define } from "../lazy";
import { toast } from "../elements/toast";
import { t } from "../base/language";

const NEW = "NEW";
const narrow = matchMedia("(max-width: 640px)");
let made = 0;

/** A figure that nobody typed is selected when one goes into it, so that what one types takes its place. */
function overwritable(input: Element): void {
  if (input instanceof HTMLInputElement && input.matches(".num") && !input.dataset.touched && input.selectionStart === input.selectionEnd) input.select();
}

class Subform extends HTMLElement {
  /** The input that was just gone into. */
  #entered: EventTarget | null = null;

  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target === this.#entered) overwritable(target);
      this.#entered = null;
      if (target.closest("[data-add-row]")) this.#focus(this.add(), 0);
      const card = target.closest("[data-open-row]");
      if (card) this.#show(card.closest("tr")!);
      const next = target.closest("[data-next-row]");
      if (next) this.#next(next.closest("tr")!);
      const remove = target.closest("[data-remove-row]");
      if (remove) this.drop(remove.closest("tr")!);
    });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("paste", (event) => this.#paste(event));
    if (narrow.matches) for (const row of this.#rows) if (!row.querySelector(".field-error:not([hidden])")) this.#fold(row);
    this.addEventListener("focusin", (event) => {
      this.#entered = event.target;
      const row = (event.target as Element).closest("tr");
      if (row && narrow.matches && row.parentElement === this.body) this.#show(row, false);
    });
  }

  get #rows(): HTMLTableRowElement[] {
    return [...this.body.rows];
  }

  /** On a phone a row is a card: one is open, the others are a line of what they hold. */
  #show(row: HTMLTableRowElement, focus = true): void {
    if (row.hasAttribute("data-folded")) {
      row.removeAttribute("data-folded");
      row.querySelector("[data-open-row]")?.setAttribute("aria-expanded", "true");
    }
    for (const other of this.#rows) if (other !== row && !other.querySelector(".field-error:not([hidden])")) this.#fold(other);
    if (focus) this.#focus(row, 0);
  }

  #fold(row: HTMLTableRowElement): void {
    if (row.hasAttribute("data-folded")) return;
    const summary = row.querySelector("[data-summary]");
    if (summary) summary.textContent = [...row.querySelectorAll<HTMLElement>("td[data-label]:not([data-hidden])")].map(says).filter(Boolean).join(" · ") || t("空行", "Empty row");
    row.toggleAttribute("data-folded", true);
    row.querySelector("[data-open-row]")?.setAttribute("aria-expanded", "false");
  }

  /** The row is done: on to the next one, or to a new one. */
  #next(row: HTMLTableRowElement): void {
    const next = (row.nextElementSibling as HTMLTableRowElement | null) ?? this.add();
    this.#show(next);
    next.scrollIntoView({ block: "nearest" });
  }

  get body(): HTMLTableSectionElement {
    return this.querySelector("tbody")!;
  }

  get #growing(): boolean {
    return Boolean(this.querySelector("template"));
  }

  /** A new row at the end; `quietly` where no person adds it. */
  add(quietly = false): HTMLTableRowElement {
    const template = this.querySelector("template")!;
    const row = template.content.querySelector("tr")!.cloneNode(true) as HTMLTableRowElement;
    const number = `n${++made}`;
    for (const node of [row, ...row.querySelectorAll<HTMLElement>("*")]) {
      for (const { name, value } of [...node.attributes]) if (value.includes(NEW)) node.setAttribute(name, value.replaceAll(NEW, number));
    }
    this.body.append(row);
    define(this);
    if (!quietly) this.#changed();
    return row;
  }

  drop(row: HTMLTableRowElement): void {
    const next = row.nextElementSibling;
    row.remove();
    this.#changed();
    toast({ text: t("已删除一行", "Row deleted"), undo: () => {
      if (next?.isConnected) next.before(row);
      else this.body.append(row);
      this.#changed();
    } });
  }

  #changed(): void {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target as HTMLElement;
    const cell = target.closest("td");
    const row = target.closest("tr");
    if (!cell || !row || !target.matches("input:not([type=checkbox]):not([type=radio])") || target.closest("jf-select")) return;
    const step = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const other = (step > 0 ? row.nextElementSibling : row.previousElementSibling) as HTMLTableRowElement | null;
    if (other) this.#focus(other, cell.cellIndex);
    else if (event.key === "Enter" && step > 0 && this.#growing) this.#focus(this.add(), cell.cellIndex);
  }

  #focus(row: HTMLTableRowElement, index: number): void {
    const control = row.cells[index]?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select");
    control?.focus();
    if (control instanceof HTMLInputElement && control.type === "text") control.select();
  }

  #paste(event: ClipboardEvent): void {
    const target = event.target as HTMLElement;
    const cell = target.closest("td");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!cell || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    let row: HTMLTableRowElement | null = cell.closest("tr");
    for (const line of fromText(text)) {
      if (!row) {
        if (!this.#growing) break;
        row = this.add();
      }
      line.forEach((value, offset) => this.#write(row!, cell.cellIndex + offset, value));
      row = row.nextElementSibling as HTMLTableRowElement | null;
    }
    this.#changed();
  }

  #write(row: HTMLTableRowElement, index: number, value: string): void {
    const input = row.cells[index]?.querySelector<HTMLInputElement>("input:not([type=hidden]):not([type=checkbox]), textarea");
    if (!input || input.closest("jf-select") || input.readOnly) return;
    input.value = value.trim();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** What a cell holds, in one piece. */
function says(cell: HTMLElement): string {
  const picked = [...cell.querySelectorAll(".ts-control .item, jf-picker .item")].map((item) => item.firstChild?.textContent ?? item.textContent);
  if (picked.length) return picked.join("、");
  const select = cell.querySelector<HTMLSelectElement>("select");
  if (select) return [...select.selectedOptions].filter(({ value }) => value).map(({ text }) => text).join("、");
  const input = cell.querySelector<HTMLInputElement | HTMLTextAreaElement>("input:not([type=hidden]), textarea");
  if (input instanceof HTMLInputElement && (input.type === "checkbox" || input.type === "radio")) return "";
  return (input ? input.value : cell.textContent ?? "").trim();
}

customElements.define("jf-subform", Subform);
