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
