/** <jf-form><form>: asks the server to work out what depends on the inputs, and applies only what it says with guards.
    Inputs belong to the browser: what somebody has typed is never overwritten. */
import { t } from "../base/language";

const PAUSE = 100;

interface Settable extends HTMLElement { set(value: string, title?: string): void }
type Value = string | boolean | string[] | { value: string; title: string } | null;
interface Facts {
  at?: number;
  values?: Record<string, Value>;
  /** Fields whose source has changed on purpose: the server says so, and then it wins over what was typed. */
  force?: string[];
  hidden?: Record<string, boolean>;
  required?: Record<string, boolean>;
  faults?: Record<string, string>;
}

class Form extends HTMLElement {
  #tick = 0;
  #last: Record<string, number> = {};
  #timer = 0;
  #composing = false;
  #dirty = false;
  #set = (event: Event): void => this.apply((event as CustomEvent<Facts>).detail);
  #leaving = (event: Event): void => {
    if (this.#dirty) event.preventDefault();
  };
  #saving = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s" || event.altKey) return;
    event.preventDefault();
    this.form?.requestSubmit(this.querySelector<HTMLElement>("[data-save]"));
  };

  connectedCallback(): void {
    const { form } = this;
    if (!form) return;
    form.addEventListener("compositionstart", () => {
      this.#composing = true;
      clearTimeout(this.#timer);
    });
    form.addEventListener("compositionend", (event) => {
      this.#composing = false;
      this.#edited(event);
      this.#later();
    });
    form.addEventListener("input", (event) => {
      this.#edited(event);
      if (!(event as InputEvent).isComposing) this.#later();
    });
    form.addEventListener("change", (event) => {
      this.#chosen(event.target as HTMLElement);
      this.#edited(event);
      this.#later();
    });
    form.addEventListener("htmx:after:request", () => this.#hidden("_chosen", ""));
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      this.#dirty = false;
      for (const button of form.querySelectorAll<HTMLElement>("button[type=submit], button:not([type])")) button.setAttribute("aria-busy", "true");
    });
    form.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter") form.requestSubmit();
    });
    form.addEventListener("change", (event) => this.#taken(event.target as HTMLInputElement));
    document.addEventListener("keydown", this.#saving);
    this.querySelector<HTMLElement>("[data-focus]")?.focus();
    document.addEventListener("jf:set", this.#set);
    window.addEventListener("beforeunload", this.#leaving);
    this.#firstFault();
  }

  disconnectedCallback(): void {
    document.removeEventListener("jf:set", this.#set);
    document.removeEventListener("keydown", this.#saving);
    window.removeEventListener("beforeunload", this.#leaving);
    clearTimeout(this.#timer);
  }

  get form(): HTMLFormElement | null {
    return this.querySelector("form");
  }

  /** Values, hidden, required and faults that the server worked out. */
  apply(facts: Facts): void {
    const put = Object.entries(facts.values ?? {}).map(([name, value]) => this.#value(name, value, facts));
    if (put.includes(false)) this.#later(); /* what was worked out with it does not hold */
    for (const [name, hidden] of Object.entries(facts.hidden ?? {})) {
      const field = this.#field(name);
      if (!field) continue;
      field.hidden = hidden;
      for (const one of field.querySelectorAll<HTMLInputElement>("input, select, textarea")) one.disabled = hidden;
    }
    for (const [name, required] of Object.entries(facts.required ?? {})) this.#field(name)?.querySelector(".label")?.classList.toggle("required", required);
    for (const [name, fault] of Object.entries(facts.faults ?? {})) this.#fault(name, fault);
  }

  /** Whether the value was put in, or nothing is there to put it into. */
  #value(name: string, value: Value, { at = Infinity, force = [] }: Facts): boolean {
    const found = this.form?.elements.namedItem(name);
    const first = found instanceof RadioNodeList ? (found[0] as HTMLInputElement) : (found as HTMLInputElement | null);
    if (!first) return true;
    if ((this.#last[name] ?? 0) > at) return false;
    const forced = force.includes(name);
    if (!forced && (first === document.activeElement || first.dataset.touched || first.closest("jf-select")?.contains(document.activeElement))) return false;
    const [text, title] = typeof value === "object" && value && !Array.isArray(value) ? [value.value, value.title] : [value, undefined];
    const select = first.closest<Settable>("jf-select");
    if (select?.set) select.set(text === null ? "" : String(text), title);
    else if (found instanceof RadioNodeList) for (const one of found as unknown as HTMLInputElement[]) one.checked = Array.isArray(text) ? text.includes(one.value) : one.value === text;
    else if (first.type === "checkbox") first.checked = Boolean(text);
    else first.value = text === null ? "" : String(text);
    return true;
  }

  #edited(event: Event): void {
    const target = event.target as HTMLInputElement;
    this.#dirty = true;
    if (!target.name) return;
    this.#last[target.name] = ++this.#tick;
    this.#hidden("_at", String(this.#tick));
    target.dataset.touched = "1";
    if (target.getAttribute("aria-invalid") === "true" && !target.closest("jf-date")) this.#fault(target.name, "");
  }

  /** A choice that fills other fields names itself, so that the server knows which one was made. */
  #chosen(target: HTMLElement): void {
    const select = target.closest("jf-select[url]")?.querySelector("select");
    if (select) this.#hidden("_chosen", select.name);
  }

  /** Of two versions the other's was taken: one's own input steps back. */
  #taken({ name, value }: HTMLInputElement): void {
    if (!name?.startsWith("_take.")) return;
    const field = this.#field(name.slice("_take.".length));
    field?.toggleAttribute("inert", value === "theirs");
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (!this.#composing) this.form?.dispatchEvent(new CustomEvent("recalc"));
    }, PAUSE);
  }

  #hidden(name: string, value: string): void {
    const input = this.form?.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = value;
  }

  #field(name: string): HTMLElement | null {
    return this.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
  }

  #fault(name: string, text: string): void {
    const input = this.form?.elements.namedItem(name);
    if (input instanceof HTMLElement) input.setAttribute("aria-invalid", String(Boolean(text)));
    const id = input instanceof HTMLElement && input.id ? `${input.id}-fault` : "";
    const place = (id && document.getElementById(id)) || this.#field(name)?.querySelector<HTMLElement>(".field-error");
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
  }

  /** A form that was refused shows its first fault. */
  #firstFault(): void {
    const fault = [...this.querySelectorAll<HTMLElement>(".field-error")].find((one) => !one.hidden && one.textContent?.trim());
    const field = fault?.closest(".field, td");
    field?.scrollIntoView({ block: "center" });
    field?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select")?.focus({ preventScroll: true });
    if (fault) document.title = `${t("有问题", "Faults")} · ${document.title}`;
  }
}

customElements.define("jf-form", Form);
