// Turns `light-dark(a, b)` of the token sheet into plain custom properties, for browsers that lack the function.
import { readFileSync } from "node:fs";

const PAIR = /^\s*(--[\w-]+):\s*light-dark\((.+?),\s(.+)\);\s*$/gm;

/** The sheet with the light values in :root and the dark ones wherever dark is asked for; paper is always light. */
export function expand(css) {
  const dark = [];
  const light = css.replace(PAIR, (_, name, bright, dim) => {
    dark.push(`${name}: ${dim};`);
    return `  ${name}: ${bright};`;
  });
  if (!dark.length) return css;
  const block = dark.join(" ");
  return `${light}
@media screen { :root[data-theme="dark"] { color-scheme: dark; ${block} } }
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark; ${block} } }`;
}

export const colourPairs = {
  name: "colour-pairs",
  setup(build) {
    build.onLoad({ filter: /tokens\.css$/ }, (args) => ({ contents: expand(readFileSync(args.path, "utf8")), loader: "css" }));
  },
};
