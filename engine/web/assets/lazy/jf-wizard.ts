/** <jf-wizard>: a form whose sections are shown one after the other; each must be right before the next. */
import { t } from "../base/language";

class Wizard extends HTMLElement {
  #at = 0;

  connectedCallback(): void {
    this.#at = Math.max(0, this.#sections.findIndex((section) => !section.hidden));
    this.#button("next").addEventListener("click", () => this.#goOn());
    this.#button("back").addEventListener("click", () => this.#show(this.#at - 1));
    this.#form.addEventListener("submit", (event) => this.#at < this.#sections.length - 1 && event.preventDefault());
    this.#form.addEventListener("keydown", (event) => {
      const inInput = (event.target as Element).matches("input");
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || !inInput) return;
      event.preventDefault();
      if (this.#at < this.#sections.length - 1) this.#goOn();
    });
    this.#form.addEventListener("input", (event) => this.#clear(event.target as HTMLInputElement));
    this.#form.addEventListener("change", (event) => this.#changed(event.target as HTMLInputElement));
    this.#offerSampleData();
  }

  get #form(): HTMLFormElement { return this.querySelector("form")!; }
  get #sections(): HTMLElement[] { return [...this.querySelectorAll<HTMLElement>("section")]; }
  #button(name: string): HTMLButtonElement { return this.querySelector(`[data-${name}]`)!; }

  #goOn(): void {
    const wrong = [...this.#sections[this.#at].querySelectorAll<HTMLInputElement>("input, textarea")].filter((input) => !this.#isRight(input));
    if (wrong.length) wrong[0].focus();
    else this.#show(this.#at + 1);
  }

  #show(at: number): void {
    const sections = this.#sections;
    this.#at = Math.min(Math.max(at, 0), sections.length - 1);
    sections.forEach((section, number) => { section.hidden = number !== this.#at; });
    [...this.querySelectorAll(".steps > *")].forEach((step, number) => {
      step.className = number === this.#at ? "now" : number < this.#at ? "done" : "";
      step.toggleAttribute("aria-current", number === this.#at);
      if (number === this.#at) step.setAttribute("aria-current", "step");
    });
    const last = this.#at === sections.length - 1;
    this.#button("back").hidden = this.#at === 0;
    this.#button("next").hidden = last;
    this.#button("finish").hidden = !last;
    sections[this.#at].querySelector<HTMLElement>("h1, input, textarea")?.focus();
  }

  #isRight(input: HTMLInputElement): boolean {
    const value = input.value.trim();
    const short = input.minLength > 0 && value.length < input.minLength;
    const said = input.required && !value ? t("请填写", "Please fill this in") : value && short ? t("至少 {n} 个字符", "At least {n} characters", { n: input.minLength }) : "";
    this.#clear(input);
    if (!said) return true;
    const fault = document.createElement("p");
    fault.className = "field-error";
    fault.id = `${input.name}-fault`;
    fault.textContent = said;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", fault.id);
    input.closest(".field")?.append(fault);
    return false;
  }

  #clear(input: HTMLInputElement): void {
    if (!input.hasAttribute("aria-invalid")) return;
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    input.closest(".field")?.querySelector(".field-error")?.remove();
  }

  #changed(input: HTMLInputElement): void {
    if (input.name === "template") this.#offerSampleData();
    if (input.name !== "language" || input.value === document.documentElement.lang) return;
    // The card comes back in the chosen language, as filled in as it is.
    const mark = Object.assign(document.createElement("input"), { type: "hidden", name: "relabel", value: "1" });
    this.#form.append(mark);
    this.#form.submit();
  }

  #offerSampleData(): void {
    const blank = this.#form.querySelector<HTMLInputElement>('input[name="template"]:checked')?.value === "";
    const offer = this.querySelector<HTMLElement>("[data-with-template]");
    if (offer) offer.hidden = blank;
  }
}

customElements.define("jf-wizard", Wizard);
