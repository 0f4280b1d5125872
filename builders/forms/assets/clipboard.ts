/** Fields copied and pasted, in this form and in others; also from one window to another. */
import type { FieldDoc } from "./draft";

const KEPT = "jf-fields";
const MARK = "jianflow/fields";

export function written(fields: FieldDoc[]): string {
  const text = JSON.stringify({ [MARK]: fields });
  localStorage.setItem(KEPT, text);
  return text;
}

/** The fields of a text, else those that were copied last; none if neither is any. */
export function read(text: string | null): FieldDoc[] {
  for (const one of [text, text === null ? localStorage.getItem(KEPT) : null]) {
    try {
      const found = (JSON.parse(one ?? "") as Record<string, unknown>)[MARK];
      if (Array.isArray(found)) return found.filter((field): field is FieldDoc => typeof field?.key === "string" && typeof field?.type === "string");
    } catch { /* not ours */ }
  }
  return [];
}
