/** What the rules of a form do to its page: fields hidden, required, locked, options narrowed; rows put in and taken away. */
export interface States {
  hidden?: Record<string, boolean>;
  required?: Record<string, boolean>;
  locked?: Record<string, boolean>;
  /** The options that are offered; null for all. */
  options?: Record<string, string[] | null>;
}

interface Offering extends HTMLElement { offer(values: string[] | null): void }

/** The place of a field or of a cell. */
export function place(root: ParentNode, name: string): HTMLElement | null {
  return root.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
}

/** Show the form as the rules want it. */
export function show(root: HTMLElement, { hidden = {}, required = {}, locked = {}, options = {} }: States): void {
  for (const [name, on] of Object.entries(hidden)) hide(root, name, on);
  for (const [name, on] of Object.entries(required)) demand(root, name, on);
  for (const [name, on] of Object.entries(locked)) for (const one of places(root, name)) lock(one, on);
  for (const [name, values] of Object.entries(options)) offer(root, name, values);
}

/** What the server drew of it already, for the parts that only a script can do. */
export function drawn(root: HTMLElement): void {
  for (const one of root.querySelectorAll<HTMLElement>("[data-offered]")) offer(root, one.dataset.field ?? "", JSON.parse(one.dataset.offered ?? "null") as string[] | null);
}

/** The columns of a subform, in its rows and in the row that is cloned for a new one. */
function columns(root: ParentNode, name: string): HTMLElement[] {
  const found = [...root.querySelectorAll<HTMLElement>(`[data-column="${CSS.escape(name)}"]`)];
  for (const template of root.querySelectorAll("template")) found.push(...columns(template.content, name));
  return found;
}

function places(root: HTMLElement, name: string): HTMLElement[] {
  const one = place(root, name);
  return one ? [one] : columns(root, name).filter((cell) => cell.matches("td"));
}

function hide(root: HTMLElement, name: string, on: boolean): void {
  const one = place(root, name);
  if (one?.matches("td")) one.toggleAttribute("data-hidden", on);
  else if (one) {
    if (one.hidden === on) return;
    one.hidden = on;
    one.closest<HTMLElement>(".form-section")?.dispatchEvent(new CustomEvent("jf:shown", { bubbles: true }));
  } else for (const cell of columns(root, name)) cell.hidden = on;
  const tab = document.getElementById(`part-tab-${name}`);
  if (tab && root.contains(tab)) tab.hidden = on;
}

function demand(root: HTMLElement, name: string, on: boolean): void {
  const one = place(root, name);
  for (const label of one ? one.querySelectorAll(".label") : columns(root, name).filter((cell) => cell.matches("th"))) label.classList.toggle("required", on);
  for (const input of one?.querySelectorAll("input:not([type=hidden]), select, textarea") ?? []) {
    if (on) input.setAttribute("aria-required", "true");
    else input.removeAttribute("aria-required");
  }
}

/** A locked field is sent along as it stands; nobody can get into it. One that somebody is in is locked when they leave. */
function lock(one: HTMLElement, on: boolean): void {
  if (one.querySelector("output.input")) return;
  if (on && one.contains(document.activeElement)) {
    one.addEventListener("focusout", () => setTimeout(() => one.hasAttribute("data-locking") && lock(one, true)), { once: true });
    one.toggleAttribute("data-locking", true);
    return;
  }
  one.toggleAttribute("data-locking", false);
  one.toggleAttribute("data-locked", on);
  one.inert = on;
}

function offer(root: HTMLElement, name: string, values: string[] | null): void {
  const inputs = root.querySelectorAll<HTMLInputElement | HTMLSelectElement>(`[name="${CSS.escape(name)}"]`);
  for (const input of inputs) {
    if (input instanceof HTMLSelectElement) {
      const picker = input.closest<Offering>("jf-select");
      if (picker?.offer) picker.offer(values);
      else narrow(input, values);
    } else if (input.type === "radio" || input.type === "checkbox") {
      const label = input.closest("label") as HTMLElement | null;
      if (label) label.hidden = Boolean(values && input.value && !values.includes(input.value) && !input.checked);
    }
  }
}

/** An ordinary select offers only these; what is chosen stays to be seen. */
export function narrow(select: HTMLSelectElement, values: string[] | null): void {
  for (const option of select.options) {
    const out = Boolean(values && option.value && !values.includes(option.value) && !option.selected);
    option.hidden = out;
    option.disabled = out;
  }
}
