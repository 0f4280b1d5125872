/** <jf-form><form>: asks the server to work out what depends on the inputs, and applies only what it says with guards.
    Inputs belong to the browser: what somebody has typed is never overwritten. */
import { touch } from "../base/dom";
import { t } from "../base/language";
import { begin } from "../form/begin";
import { groupFigures, spread } from "../form/thousands";
import { drawn, place, show, type States } from "../form/states";

const PAUSE = 100;
/** So long a form waits, when it is sent, for what a linkage is still to fill in. */
const PATIENCE = 1500;
const FACTS = "form-facts";

interface Settable extends HTMLElement { set(value: string | string[], title?: string): void }
type Value = string | boolean | string[] | { value: string; title: string } | null;
interface Rows { drop: string[]; add: { made: string; values: Record<string, Value> }[] }
interface Growing extends HTMLElement { add(quietly?: boolean): HTMLTableRowElement }
interface Facts extends States {
  at?: number;
  values?: Record<string, Value>;
  /** Fields whose source has changed on purpose: the server says so, and then it wins over what was typed. */
  force?: string[];
  faults?: Record<string, string>;
  /** The rows that a linkage takes away and puts in, by subform. */
  rows?: Record<string, Rows>;
  /** Those of the values that are defaults: one that is not put in changes nothing. */
  defaults?: string[];
  /** What was put in changes more: ask once more. */
  again?: boolean;
  /** What counts as empty since it is hidden, and sets linkages off. */
  emptied?: string[];
}

class Form extends HTMLElement {
  #tick = 0;
  #last: Record<string, number> = {};
  #timer = 0;
  #composing = false;
  #dirty = false;
  /** What was changed and not yet answered: what sets linkages off. */
  #open = new Map<string, number>();
  #said = new Map<string, string>();
  /** The inputs that somebody has typed into; of a new record the others follow their defaults. */
  #typed = new Set<string>();
  #emptied = new Set<string>();
  #sending: HTMLElement | null | undefined;
  #facts = new MutationObserver(() => this.#told());
  #set = (event: Event): void => this.apply((event as CustomEvent<Facts>).detail);
  #leaving = (event: Event): void => {
    if (this.#dirty) event.preventDefault();
  };
  #saving = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s" || event.altKey || !this.checkVisibility()) return;
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
    let asked = "";
    form.addEventListener("htmx:before:request", () => { asked = this.#kept("_chosen"); });
    form.addEventListener("htmx:after:request", (event) => {
      if (this.#kept("_chosen") === asked) this.#hidden("_chosen", ""); /* a later choice waits for its own request */
      if (event.target === form && form.method !== "post") this.#free(); /* it was sent without leaving the page */
    });
    this.addEventListener("submit", (event) => { /* before anybody sends it */
      if (this.#waits(event)) return;
      this.#dirty = false;
      for (const button of form.querySelectorAll<HTMLElement>("button[type=submit], button:not([type])")) button.setAttribute("aria-busy", "true");
    }, true);
    form.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter") form.requestSubmit();
    });
    form.addEventListener("change", (event) => this.#taken(event.target as HTMLInputElement));
    document.addEventListener("keydown", this.#saving);
    this.querySelector<HTMLElement>("[data-focus]")?.focus();
    if (this.hasAttribute("begin") && !touch()) void begin(form);
    document.addEventListener("jf:set", this.#set);
    this.#facts.observe(this.#told(true), { childList: true, characterData: true, subtree: true });
    drawn(this);
    this.#tellTyped(form);
    groupFigures(form);
    if (this.hasAttribute("ruled") || [...form.elements].some(filledEarly)) setTimeout(() => form.dispatchEvent(new CustomEvent("recalc")));
    window.addEventListener("beforeunload", this.#leaving);
    this.#firstFault();
  }

  disconnectedCallback(): void {
    document.removeEventListener("jf:set", this.#set);
    document.removeEventListener("keydown", this.#saving);
    window.removeEventListener("beforeunload", this.#leaving);
    clearTimeout(this.#timer);
    this.#facts.disconnect();
  }

  get form(): HTMLFormElement | null {
    return this.querySelector("form");
  }

  /** Values, hidden, required and faults that the server worked out. */
  apply(facts: Facts): void {
    const left = Object.entries(facts.values ?? {}).filter(([name, value]) => !this.#value(name, value, facts));
    if (left.length && left.every(([name]) => facts.defaults?.includes(name))) this.addEventListener("focusout", () => this.#later(), { once: true });
    else if (left.length) this.#later(); /* what was worked out with it does not hold */
    for (const [name, rows] of Object.entries(facts.rows ?? {})) this.#rows(name, rows);
    const turned = this.#turned(new Set(facts.emptied));
    show(this, facts);
    for (const [name, fault] of Object.entries(facts.faults ?? {})) this.#fault(name, fault);
    for (const [name, tick] of [...this.#open]) if (tick <= (facts.at ?? 0)) this.#open.delete(name);
    for (const name of turned) this.#open.set(name, ++this.#tick);
    if (turned.length) this.#hidden("_at", String(this.#tick));
    this.#hidden("_changed", [...this.#open.keys()].join(" "));
    if (facts.again || facts.rows || turned.length) this.#later();
    else if (this.#sending !== undefined && !this.#open.size) this.#send();
  }

  /** What has just been hidden and counts as empty, or counts again since it is shown: changed as if somebody had done it. */
  #turned(emptied: Set<string>): string[] {
    const shown = (name: string): boolean => !this.#field(name)?.closest(":is(.field, td)[hidden], [data-hidden], .form-section[hidden]");
    const turned = [...emptied].filter((name) => !this.#emptied.has(name) && shown(name)).concat([...this.#emptied].filter((name) => !emptied.has(name)));
    this.#emptied = emptied;
    return turned;
  }

  /** The facts that came with an answer; the place where they come. */
  #told(first = false): HTMLElement {
    let output = this.querySelector<HTMLElement>(`#${FACTS}`);
    if (!output) {
      output = document.createElement("output");
      output.id = FACTS;
      output.hidden = true;
      this.append(output);
    }
    if (!first && output.textContent) this.apply(JSON.parse(output.textContent) as Facts);
    return output;
  }

  /** Say what was typed by hand: before a refusal, before this script had come, from now on. */
  #tellTyped(form: HTMLFormElement): void {
    const before = this.getAttribute("typed");
    if (before === null || form.elements.namedItem("_typed")) return;
    const early = [...form.elements].filter(filledEarly).map((one) => (one as HTMLInputElement).name);
    for (const name of [...before.split(" "), ...early].filter(Boolean)) {
      this.#typed.add(name);
      const found = form.elements.namedItem(name);
      if (found instanceof HTMLElement) found.dataset.touched = "1";
    }
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_typed", value: [...this.#typed].join(" ") }));
  }

  /** A linkage that is still under way fills in first; then the form is sent. */
  #waits(event: SubmitEvent): boolean {
    if (!this.hasAttribute("linked") || !this.#open.size || this.#sending !== undefined) return false;
    event.preventDefault();
    event.stopPropagation();
    this.#sending = event.submitter;
    clearTimeout(this.#timer);
    this.form?.dispatchEvent(new CustomEvent("recalc"));
    window.setTimeout(() => this.#sending !== undefined && this.#send(), PATIENCE);
    return true;
  }

  /** What was sent is answered: the buttons can be pressed again. */
  #free(): void {
    for (const button of this.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }

  #send(): void {
    const by = this.#sending;
    this.#open.clear();
    this.#sending = undefined;
    this.form?.requestSubmit(by);
  }

  /** Rows that a linkage made go, and others come in their place; nobody else's are touched. */
  #rows(name: string, { drop, add }: Rows): void {
    const subform = this.querySelector<Growing>(`jf-subform[name="${CSS.escape(name)}"]`);
    if (!subform) return;
    for (const number of drop) subform.querySelector(`tbody > tr[data-row="${CSS.escape(number)}"]`)?.remove();
    for (const { made, values } of add) {
      const row = subform.add(true);
      const number = row.dataset.row ?? "";
      const mark = Object.assign(document.createElement("input"), { type: "hidden", name: `_made.${name}.${number}`, value: made });
      row.cells[0]?.append(mark);
      for (const [column, value] of Object.entries(values)) this.#value(`${name}.${number}.${column}`, value, { force: [`${name}.${number}.${column}`] });
    }
  }

  /** Whether the value was put in, or nothing is there to put it into. */
  #value(name: string, value: Value, { at = Infinity, force = [] }: Facts): boolean {
    const found = this.form?.elements.namedItem(name);
    const first = found instanceof RadioNodeList ? (found[0] as HTMLInputElement) : (found as HTMLInputElement | null);
    if (!first) return true;
    if ((this.#last[name] ?? 0) > at) return false;
    const forced = force.includes(name);
    if (this.#composing && first === document.activeElement) return false;
    if (!forced && (first === document.activeElement || first.dataset.touched || first.closest("jf-select")?.contains(document.activeElement))) return false;
    const [text, title] = typeof value === "object" && value && !Array.isArray(value) ? [value.value, value.title] : [value, undefined];
    const select = first.closest<Settable>("jf-select");
    if (forced) {
      delete first.dataset.touched;
      this.#typed.delete(name);
      this.#hidden("_typed", [...this.#typed].join(" "));
    }
    if (select?.set) select.set(Array.isArray(text) ? text : text === null ? "" : String(text), title);
    else if (found instanceof RadioNodeList) for (const one of found as unknown as HTMLInputElement[]) one.checked = Array.isArray(text) ? text.includes(one.value) : one.value === text;
    else if (first.type === "checkbox") first.checked = Boolean(text);
    else {
      first.value = text === null ? "" : String(text);
      if (first !== document.activeElement && first instanceof HTMLInputElement) spread(first);
    }
    return true;
  }

  #edited(event: Event): void {
    const target = event.target as HTMLInputElement;
    this.#dirty = true;
    if (!target.name) return;
    const value = said(target);
    if (event.type === "change" && this.#said.get(target.name) === value) return; /* leaving a field changes nothing */
    this.#said.set(target.name, value);
    this.#last[target.name] = ++this.#tick;
    this.#open.delete(target.name); /* the last one changed stands last */
    this.#open.set(target.name, this.#tick);
    this.#hidden("_at", String(this.#tick));
    this.#hidden("_changed", [...this.#open.keys()].join(" "));
    target.dataset.touched = "1";
    this.#typed.add(target.name);
    this.#hidden("_typed", [...this.#typed].join(" "));
    if (target.getAttribute("aria-invalid") === "true" && !target.closest("jf-date, jf-time")) this.#fault(target.name, "");
  }

  /** A choice that fills other fields names itself, so that the server knows which one was made. */
  #chosen(target: HTMLElement): void {
    const select = target.closest("jf-select[url]")?.querySelector("select");
    if (select) this.#hidden("_chosen", select.name);
  }

  /** Of two versions the other's was taken: one's own input steps back. */
  #taken({ name, value }: HTMLInputElement): void {
    if (!name?.startsWith("_take.")) return;
    const [key = "", row = ""] = name.slice("_take.".length).split(".");
    const field = row ? this.querySelector(`jf-subform[name="${key}"] tr[data-row="${row}"]`) : this.#field(key);
    field?.toggleAttribute("inert", value === "theirs");
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (!this.#composing) this.form?.dispatchEvent(new CustomEvent("recalc"));
    }, PAUSE);
  }

  #kept(name: string): string {
    const input = this.form?.elements.namedItem(name);
    return input instanceof HTMLInputElement ? input.value : "";
  }

  #hidden(name: string, value: string): void {
    const input = this.form?.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = value;
  }

  #field(name: string): HTMLElement | null {
    return place(this, name);
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
    if (fault && !this.hasAttribute("in-passing")) document.title = `${t("有问题", "Faults")} · ${document.title}`;
  }
}

/** Whether somebody was quicker than this script. */
function filledEarly(one: Element): boolean {
  if (one instanceof HTMLSelectElement) return [...one.options].some((option) => option.selected !== option.defaultSelected && (option.value || option.defaultSelected));
  if (one instanceof HTMLInputElement && (one.type === "checkbox" || one.type === "radio")) return one.checked !== one.defaultChecked;
  return (one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement) && one.type !== "hidden" && one.value !== one.defaultValue;
}

/** What an input says, to be told from what it said before. */
function said(target: HTMLInputElement | HTMLSelectElement): string {
  if (target instanceof HTMLSelectElement) return [...target.selectedOptions].map(({ value }) => value).join("\n");
  return target.type === "checkbox" || target.type === "radio" ? `${target.checked} ${target.value}` : target.value;
}

customElements.define("jf-form", Form);
