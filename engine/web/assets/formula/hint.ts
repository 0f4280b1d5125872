/** The line below the formula: which argument of which function one is writing. */
import { el } from "../base/dom";
import { parameters } from "./names";
import type { Names } from "./names";
import { callAt } from "./words";

/** What is being written at the caret; nothing outside of a call. */
export function hint(names: Names, text: string, at: number): Node[] {
  const call = callAt(text, at);
  const known = call && names.byFunction.get(call.name.toUpperCase());
  if (!known) return [];
  const all = parameters(known.signature);
  const repeats = all[all.length - 1] === "…";
  const named = repeats ? all.slice(0, -1) : all;
  const now = Math.min(call.argument, named.length - 1);
  const shown = named.flatMap((one, number) => [number ? ", " : "", number === now ? el("b", {}, one) : one]);
  return [el("code", {}, `${known.name}(`, ...shown, repeats ? ", …)" : ")"), el("span", {}, known.summary)];
}
