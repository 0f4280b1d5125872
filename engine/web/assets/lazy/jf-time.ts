/** <jf-time><input></jf-time>: a text input that reads a time of day as people write it; native under a finger.
    With the attribute `seconds` it keeps them. What it cannot read stays as it was typed. */
import { touch } from "../base/dom";
import { readTime } from "../base/dates";

class TimeOfDay extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector("input");
    if (!input) return;
    const readable = input.value === "" || readTime(input.value) !== null;
    if (touch() && readable && document.activeElement !== input) {
      const value = this.#written(input.value);
      input.type = "time";
      if (this.hasAttribute("seconds")) input.step = "1";
      input.value = value;
    } else input.addEventListener("change", () => this.#even(input));
  }

  /** Write it the one way, once somebody has finished typing. */
  #even(input: HTMLInputElement): void {
    const text = input.value.trim();
    const bad = text !== "" && readTime(text) === null;
    input.toggleAttribute("aria-invalid", bad);
    if (bad) input.setAttribute("aria-invalid", "true");
    else if (text && this.#written(text) !== input.value) input.value = this.#written(text);
  }

  #written(text: string): string {
    const found = readTime(text) ?? "";
    return this.hasAttribute("seconds") ? found : found.slice(0, 5);
  }
}

customElements.define("jf-time", TimeOfDay);
