// Bundles scripts, styles, fonts and icons into engine/web/static/dist, with hashed names and a manifest.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { colourPairs } from "./build/pairs.mjs";
import { sprite } from "./build/sprite.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const out = resolve(process.env.JIANFLOW_ASSETS || join(root, "engine/web/static/dist"));

/** Name of the entry → its source; each designer may have a main.ts and a main.css of its own. */
function entries() {
  const found = { early: join(here, "early.ts"), main: join(here, "main.ts"), "main.style": join(here, "main.css") };
  for (const folder of existsSync(join(root, "builders")) ? readdirSync(join(root, "builders")) : []) {
    const assets = join(root, "builders", folder, "assets");
    if (existsSync(join(assets, "main.ts"))) found[folder] = join(assets, "main.ts");
    if (existsSync(join(assets, "main.css"))) found[`${folder}.style`] = join(assets, "main.css");
  }
  return found;
}

const named = entries();
const result = await esbuild.build({
  absWorkingDir: root,
  entryPoints: Object.entries(named).map(([name, path]) => ({ in: path, out: name.replace(".style", "") })),
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome100", "safari15.4", "firefox100"],
  minify: true,
  sourcemap: false,
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  nodePaths: [join(root, "node_modules")],
  plugins: [colourPairs],
  metafile: true,
  write: false,
  logLevel: "warning",
});

const files = new Map(result.outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]));
const icons = sprite(root);
const iconFile = `icons-${createHash("sha256").update(icons).digest("hex").slice(0, 8).toUpperCase()}.svg`;
files.set(iconFile, Buffer.from(icons));

const mark = readFileSync(join(here, "favicon.svg"));
const markFile = `favicon-${createHash("sha256").update(mark).digest("hex").slice(0, 8).toUpperCase()}.svg`;
files.set(markFile, mark);

const manifest = { "icons.svg": iconFile, "favicon.svg": markFile };
const imported = {};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  const imports = output.imports.filter((one) => one.kind === "import-statement").map((one) => basename(one.path));
  const file = basename(path);
  if (file.endsWith(".woff2")) manifest[file.replace(/-[A-Z0-9]{8}\./, ".")] = file;
  if (!output.entryPoint) continue;
  const source = resolve(root, output.entryPoint);
  const entry = Object.entries(named).find(([, of]) => of === source);
  const name = entry ? entry[0].replace(".style", "") : basename(source).replace(/\.\w+$/, "");
  const ending = file.split(".").pop();
  manifest[`${name}.${ending}`] = file;
  if (ending === "js") imported[`${name}.js`] = [file, ...imports];
}

mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) {
  if (old !== "manifest.json" && old !== "imports.json" && !files.has(old.replace(/\.(gz|br)$/, ""))) rmSync(join(out, old), { force: true });
}
for (const [name, bytes] of files) {
  if (existsSync(join(out, name)) && readFileSync(join(out, name)).equals(bytes)) continue;
  writeFileSync(join(out, name), bytes);
  if (name.endsWith(".woff2")) continue;
  writeFileSync(join(out, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
writeFileSync(join(out, "imports.json"), JSON.stringify(imported, null, 1));
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));

if (process.argv.includes("--sizes")) {
  for (const [name, bytes] of [...files].sort()) {
    console.log(String(bytes.length).padStart(9), String(name.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length).padStart(8), name);
  }
}
console.log(`assets: ${files.size} files in ${relative(process.cwd(), out) || out}`);
