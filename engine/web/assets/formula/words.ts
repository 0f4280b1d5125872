/** How a formula's text falls into words, and where in it one stands. */

/** Texts, numbers, names; between them operators. */
export const WORD = /"(?:[^"]|"")*"?|[“”＂][^“”＂]*[“”＂]?|\d[\w.]*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/g;
export const CONSTANT = /^(?:true|false)$/i;
export const CALL = /^[\s\u3000]*[(（]/;

const QUOTES = "\"“”＂";

/** Where the text in quotation marks begins in which `at` stands; -1 outside of one. */
export function textStart(text: string, at: number): number {
  let start = -1;
  for (let i = 0; i < at; i += 1) if (QUOTES.includes(text[i])) start = start < 0 ? i : -1;
  return start;
}

export interface Call { name: string; argument: number }

/** The innermost function call around a place, and which argument stands there. */
export function callAt(text: string, at: number): Call | null {
  const open: { name: string; argument: number }[] = [];
  let quoted = false;
  for (let i = 0; i < at; i += 1) {
    const letter = text[i];
    if (QUOTES.includes(letter)) quoted = !quoted;
    else if (quoted) continue;
    else if (letter === "(" || letter === "（") open.push({ name: /([A-Za-z_][\w.]*)[\s\u3000]*$/.exec(text.slice(0, i))?.[1] ?? "", argument: 0 });
    else if (letter === ")" || letter === "）") open.pop();
    else if ((letter === "," || letter === "，") && open.length) open[open.length - 1].argument += 1;
  }
  for (let i = open.length - 1; i >= 0; i -= 1) if (open[i].name) return open[i];
  return null;
}

/** The field that a text in quotation marks is compared with: `stage = "…`, `SWITCH(stage, "…`. */
export function comparedWith(text: string, start: number): string | null {
  const before = text.slice(0, start);
  return /([A-Za-z_][\w.]*)[\s\u3000]*(?:=|＝|<>|≠|,|，)[\s\u3000]*$/.exec(before)?.[1] ?? null;
}

/** A place counted in characters, as the server counts, in the units of a string here. */
export function unitsAt(text: string, characters: number): number {
  let units = 0;
  for (const letter of text) {
    if (characters-- <= 0) break;
    units += letter.length;
  }
  return units;
}
