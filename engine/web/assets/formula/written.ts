/** Fields that were written by their labels, as one reads them: `单价`, `明细.小计`, `Unit price`. */
import type { Names } from "./names";
import { CALL, CONSTANT } from "./words";

export interface Written { from: number; to: number; path: string }

const LETTER = /[\w\u3400-\u9fff]/;
const QUOTED = /("(?:[^"]|"")*"?|[“”＂][^“”＂]*[“”＂]?)/;

/** A label with dots between its steps, for comparing. */
export const dotted = (label: string): string => label.replaceAll(" · ", ".").toLowerCase();

/** Where in a formula labels stand in full, outside of texts, with the paths that they mean; the longest first. */
export function writtenLabels(names: Names, text: string): Written[] {
  const known = new Map<string, string>();
  for (const one of names.byPath.values()) {
    for (const spelling of [dotted(one.label), one.label.toLowerCase()]) if (spelling && !known.has(spelling)) known.set(spelling, one.path);
  }
  const spellings = [...known.keys()].sort((a, b) => b.length - a.length);
  const found: Written[] = [];
  let begin = 0;
  for (const [number, part] of text.split(QUOTED).entries()) {
    if (number % 2 === 0) for (const one of within(part)) found.push({ ...one, from: one.from + begin, to: one.to + begin });
    begin += part.length;
  }
  return found;

  function* within(part: string): Generator<Written> {
    const lower = part.toLowerCase();
    for (let at = 0; at < part.length; at += 1) {
      if (!LETTER.test(part[at]) || (at && /[\w\u3400-\u9fff.]/.test(part[at - 1]))) continue;
      const spelling = spellings.find((one) => lower.startsWith(one, at) && whole(part, at + one.length));
      if (!spelling) continue;
      const to = at + spelling.length;
      const written = part.slice(at, to);
      if (!names.byPath.has(written) && !CONSTANT.test(written)) yield { from: at, to, path: known.get(spelling)! };
      at = to - 1;
    }
  }
}

/** Whether a word ends here, and calls nothing. */
function whole(part: string, end: number): boolean {
  return !/^[\w\u3400-\u9fff.]/.test(part.slice(end, end + 1)) && !CALL.test(part.slice(end));
}
