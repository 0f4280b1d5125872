/** The textarea that always has the focus when a cell is active: composition starts in it, and it becomes the editor. */
import { el, touch } from "../base/dom";
import { t } from "../base/language";

/** What the grid does for the catcher. */
export interface Host {
  /** A key while nothing is edited; true when it was used. */
  key(event: KeyboardEvent): boolean;
  /** A key while something is edited, before the catcher's own Enter, Tab and Esc; true when it was used. */
  editingKey(event: KeyboardEvent): boolean;
  /** The focus came, by Tab perhaps: some cell must be active. */
  focused(): void;
  /** May the active cell be typed into? Opens what helps with choosing. */
  begin(): boolean;
  typed(text: string): void;
  commit(text: string, move: "down" | "up" | "right" | "left" | "stay"): void;
  cancelled(): void;
  copy(event: ClipboardEvent, cut: boolean): void;
  paste(text: string): void;
}

export class Catcher {
  readonly area: HTMLTextAreaElement;
  editing = false;
  #composing = false;

  constructor(readonly host: Host) {
    this.area = el("textarea", { class: "catcher", rows: 1, spellcheck: "false", autocomplete: "off", autocapitalize: "off", "aria-label": t("单元格", "Cell") });
    this.area.addEventListener("keydown", (event) => this.#keydown(event));
    this.area.addEventListener("compositionstart", () => {
      this.#composing = true;
      this.#becomeEditor();
    });
    this.area.addEventListener("compositionend", () => {
      this.#composing = false;
      if (this.editing) this.host.typed(this.area.value);
      else this.area.value = "";
    });
    this.area.addEventListener("input", (event) => this.#input(event as InputEvent));
    this.area.addEventListener("copy", (event) => this.#clip(event, false));
    this.area.addEventListener("cut", (event) => this.#clip(event, true));
    this.area.addEventListener("paste", (event) => {
      if (this.editing) return;
      event.preventDefault();
      this.host.paste(event.clipboardData?.getData("text/plain") ?? "");
    });
    this.area.addEventListener("focus", () => this.host.focused());
    this.area.addEventListener("blur", () => {
      if (this.editing && !this.#composing) this.commit("stay");
    });
  }

  /** Take the focus. The selection is set every time: a drag by mouse takes it away, and then no composition starts. */
  focus(): void {
    if (touch() && !this.editing) return;
    this.area.focus({ preventScroll: true });
    const end = this.area.value.length;
    this.area.setSelectionRange(end, end);
  }

  place(left: number, top: number, width: number, height: number): void {
    Object.assign(this.area.style, { left: `${left}px`, top: `${top}px`, minWidth: `${width}px`, minHeight: `${height}px` });
    this.area.style.width = `${width}px`;
    this.area.style.height = `${height}px`;
    if (this.editing) this.#grow();
  }

  label(text: string): void {
    this.area.setAttribute("aria-label", text);
  }

  /** Edit what the cell holds. */
  open(text: string, numeric = false): void {
    this.editing = true;
    this.area.value = text;
    this.area.classList.add("open");
    this.area.classList.toggle("num", numeric);
    this.focus();
    this.#grow();
  }

  commit(move: "down" | "up" | "right" | "left" | "stay"): void {
    const text = this.area.value;
    this.#close();
    this.host.commit(text, move);
  }

  cancel(): void {
    this.#close();
    this.host.cancelled();
  }

  #close(): void {
    this.editing = false;
    this.#composing = false;
    this.area.value = "";
    this.area.classList.remove("open", "num");
    this.area.placeholder = "";
  }

  /** The first letter is already on its way into the textarea; nothing may disturb it. */
  #becomeEditor(): boolean {
    if (this.editing) return true;
    if (!this.host.begin()) return false;
    this.editing = true;
    this.area.classList.add("open");
    this.#grow();
    return true;
  }

  #input(event: InputEvent): void {
    if (!this.#becomeEditor()) {
      if (!event.isComposing) this.area.value = "";
      return;
    }
    this.#grow();
    if (!event.isComposing) this.host.typed(this.area.value);
  }

  #keydown(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    if (!this.editing) {
      if (this.host.key(event)) event.preventDefault();
      return;
    }
    if (this.host.editingKey(event)) return void event.preventDefault();
    if (event.key === "Enter" && event.altKey) {
      event.preventDefault();
      this.area.setRangeText("\n", this.area.selectionStart, this.area.selectionEnd, "end");
      this.#grow();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.commit(event.shiftKey ? "up" : "down");
    } else if (event.key === "Tab") {
      event.preventDefault();
      this.commit(event.shiftKey ? "left" : "right");
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    }
    event.stopPropagation();
  }

  #clip(event: ClipboardEvent, cut: boolean): void {
    if (this.editing) return;
    event.preventDefault();
    this.host.copy(event, cut);
  }

  #grow(): void {
    const { area } = this;
    const room = (area.offsetParent?.clientWidth ?? innerWidth) - area.offsetLeft - 8;
    area.style.width = area.style.minWidth;
    if (area.scrollWidth > area.clientWidth) area.style.width = `${Math.min(Math.max(area.scrollWidth + 2, area.offsetWidth), Math.max(room, area.offsetWidth))}px`;
    area.style.height = area.style.minHeight;
    if (area.scrollHeight > area.clientHeight + 2) area.style.height = `${Math.min(area.scrollHeight + 2, 240)}px`;
  }
}
