/** <jf-subform>: rows that behave like a sheet: Enter goes down, arrows move, Excel's cells are pasted over several rows. */
import { fromText } from "../grid/clipboard";
import { define } from "../lazy";
import { toast } from "../elements/toast";
import { t } from "../base/language";

const NEW = "NEW";
let made = 0;

class Subform extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target.closest("[data-add-row]")) this.#focus(this.add(), 0);
      const remove = target.closest("[data-remove-row]");
      if (remove) this.drop(remove.closest("tr")!);
    });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("paste", (event) => this.#paste(event));
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

customElements.define("jf-subform", Subform);
