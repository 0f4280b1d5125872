/** Labels as definitions hold them: a text, or one a language. */
import { language } from "../../../engine/web/assets/base/language";

export type Label = string | Record<string, string> | null | undefined;

/** The label in a language (by default the page's), else in any. */
export function labelText(label: unknown, wanted: string = language): string {
  if (typeof label === "string") return label;
  if (!label || typeof label !== "object") return "";
  const texts = label as Record<string, string>;
  return texts[wanted] || texts["zh-CN"] || Object.values(texts).find(Boolean) || "";
}

/** What the label says in exactly this language. */
export function labelIn(label: unknown, wanted: string): string {
  if (typeof label === "string") return wanted === "zh-CN" ? label : "";
  return (label as Record<string, string> | null)?.[wanted] ?? "";
}

/** The label with another text in a language; nothing left is undefined. */
export function relabelled(label: unknown, wanted: string, text: string): Label {
  const texts: Record<string, string> = typeof label === "string" ? { "zh-CN": label } : { ...((label as Record<string, string>) ?? {}) };
  if (text) texts[wanted] = text;
  else delete texts[wanted];
  return Object.keys(texts).length ? texts : undefined;
}
