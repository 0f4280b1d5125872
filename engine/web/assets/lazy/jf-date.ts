/** <jf-date><input></jf-date>: a text input that reads dates as people write them, with a calendar; native under a finger.
    With the attribute `time` it takes a time of day after the date. */
import { dismiss, keepPlaced } from "../base/float";
import { el, icon, touch } from "../base/dom";
import { readDate } from "../base/dates";
import { t } from "../base/language";

const TIME = /(\d{1,2}):(\d{2})(:\d{2})?\s*$/;

class DateField extends HTMLElement {
  #close: (() => void) | null = null;

  connectedCallback(): void {
    const { input } = this;
    if (!input || this.querySelector(".date-open")) return;
    if (touch()) return this.#native(input);
    input.autocomplete = "off";
    input.placeholder ||= this.#timed ? "2026-03-01 10:30" : t("年-月-日", "YYYY-MM-DD");
    const button = el("button", { type: "button", class: "date-open", tabindex: -1, "aria-label": t("打开日历", "Open the calendar") }, icon("calendar"));
    button.addEventListener("click", () => (this.#close ? this.#close() : void this.open()));
    this.append(button);
    input.addEventListener("change", () => this.#even());
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" && event.altKey) {
        event.preventDefault();
        void this.open();
      }
    });
  }

  disconnectedCallback(): void {
    this.#close?.();
  }

  get input(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  get #timed(): boolean {
    return this.hasAttribute("time");
  }

  async open(): Promise<void> {
    const input = this.input!;
    const { calendar } = await import("../base/calendar");
    this.#close?.();
    const box = el("div", { class: "popover date-popover", role: "dialog", "aria-label": t("日历", "Calendar") }, calendar(this.#date(input.value) ?? "", (date) => {
      this.#close?.();
      const time = this.#timed ? ` ${TIME.exec(input.value)?.[0].trim() ?? "09:00"}` : "";
      this.#set(date + time);
      input.focus();
    }));
    (this.closest("dialog") ?? document.body).append(box);
    const unplace = keepPlaced(box, () => this.getBoundingClientRect());
    const stop = dismiss(box, (node) => this.contains(node), () => this.#close?.());
    this.#close = () => {
      stop();
      unplace();
      box.remove();
      this.#close = null;
    };
  }

  /** Write it the one way, once somebody has finished typing. */
  #even(): void {
    const input = this.input!;
    const text = input.value.trim();
    const date = this.#date(text);
    const time = TIME.exec(text);
    const bad = text !== "" && !date;
    input.toggleAttribute("aria-invalid", bad);
    if (bad) input.setAttribute("aria-invalid", "true");
    if (!date) return;
    const value = this.#timed ? `${date} ${time ? `${time[1].padStart(2, "0")}:${time[2]}${time[3] ?? ""}` : "00:00"}` : date;
    if (value !== input.value) input.value = value;
  }

  #date(text: string): string | null {
    return readDate(this.#timed ? text.replace(TIME, "").replace(/t\s*$/i, "") : text);
  }

  #set(value: string): void {
    const input = this.input!;
    input.value = value;
    input.removeAttribute("aria-invalid");
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #native(input: HTMLInputElement): void {
    const value = input.value;
    input.type = this.#timed ? "datetime-local" : "date";
    input.max = this.#timed ? "9999-12-31T23:59" : "9999-12-31";
    input.value = this.#timed ? value.replace(" ", "T") : value;
  }
}

customElements.define("jf-date", DateField);
