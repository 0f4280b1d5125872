/** Making nodes without HTML strings. */
type Child = Node | string | null | undefined | false;
type Properties = Record<string, unknown>;

/** A new element: `el("button", { class: "btn", onclick: … }, "text", child)`. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, properties?: Properties, ...children: Child[]): HTMLElementTagNameMap[K];
export function el(tag: string, properties?: Properties, ...children: Child[]): HTMLElement;
export function el(tag: string, properties: Properties = {}, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value as EventListener);
    else if (name === "value" || name === "checked" || name === "indeterminate") (made as unknown as Properties)[name] = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

/** An icon of the sheet. */
export function icon(name: string, kind = ""): SVGSVGElement {
  const sheet = document.querySelector<HTMLMetaElement>('meta[name="jf-icons"]')?.content ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", kind ? `icon ${kind}` : "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sheet}#${name}`);
  svg.append(use);
  return svg;
}

/** Whether somebody is typing: a single letter must not be taken for a shortcut then. */
export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable], .formula-box");
}

/** Whether the finger is what points here, or a page is drawn as if it were. */
export const touch = (): boolean => matchMedia("(pointer: coarse)").matches || "touch" in document.documentElement.dataset;
