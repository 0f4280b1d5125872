// Draws one SVG sheet of the icons that the product names anywhere, from the Tabler package.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const SOURCES = ["engine", "builders", "crm_template", "templates_gallery"];
const NAMED = /\bicon\w*(?:\s*:\s*\w+)?["']?\s*(?:[:=(,]|\bor\b)\s*["']([a-z0-9]+(?:-[a-z0-9]+)*)["']/g;
const CALLED = /\bicon\(([^()]*)\)/g;
const QUOTED = /["']([a-z0-9]+(?:-[a-z0-9]+)*)["']/g;
const READ = /\.(html|py|ts|json)$/;

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "dist" || entry.name === "node_modules" || entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (READ.test(entry.name)) yield path;
  }
}

/** Every icon named by templates, scripts, definitions, and the list that designers of apps choose from. */
function wanted(root) {
  const listed = readFileSync(join(root, "engine/web/assets/icons.txt"), "utf8");
  const names = new Set(listed.replace(/#.*$/gm, "").split(/\s+/).filter(Boolean));
  for (const source of SOURCES) {
    if (!existsSync(join(root, source))) continue;
    for (const path of walk(join(root, source))) {
      const text = readFileSync(path, "utf8");
      for (const [, name] of text.matchAll(NAMED)) names.add(name);
      for (const [, inside] of text.matchAll(CALLED)) for (const [, name] of inside.matchAll(QUOTED)) names.add(name);
    }
  }
  return [...names].sort();
}

/** The sheet's text: one <symbol> an icon. */
export function sprite(root) {
  const symbols = wanted(root).map((name) => {
    const path = join(root, "node_modules/@tabler/icons/icons/outline", `${name}.svg`);
    if (!existsSync(path)) return "";
    const inner = readFileSync(path, "utf8")
      .replace(/<!--[\s\S]*?-->/g, "")
      .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none"[^>]*>/, "")
      .replace(/>\s+</g, "><")
      .trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}
