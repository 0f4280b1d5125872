/** Loads the script of a custom element when a page first holds one: jf-grid comes from lazy/jf-grid.ts. */
const asked = new Set<string>();

export function define(root: ParentNode): void {
  for (const found of root.querySelectorAll(":not(:defined)")) {
    const tag = found.localName;
    if (!tag.startsWith("jf-") || asked.has(tag)) continue;
    asked.add(tag);
    import(`./lazy/${tag}.ts`).catch((reason) => console.error(`no element ${tag}`, reason));
  }
}

/** The button that was pressed last before any script had come is pressed once more. */
export function pressEarlyButton(): void {
  const early = (window as unknown as { jfEarly?: { button: HTMLElement | null; stop(): void } }).jfEarly;
  early?.stop();
  const button = early?.button;
  if (!button?.isConnected || document.activeElement?.matches("input, textarea, select")) return; /* somebody has gone on */
  if (button.matches("[hx-get], [hx-post]")) document.addEventListener("DOMContentLoaded", () => setTimeout(() => button.click())); /* when htmx is there too */
  else button.click();
}

/** A button that is pressed before its element's script has come is pressed once more when it is there. */
export function keepEarlyClicks(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("button[type=button]");
    const waiting = button?.closest(":not(:defined)");
    if (button && waiting && asked.has(waiting.localName)) void customElements.whenDefined(waiting.localName).then(() => button.click());
  });
}
