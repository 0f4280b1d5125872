/** Texts in both languages, side by side where they are used. */
export const language: string = document.documentElement.lang === "en" ? "en" : "zh-CN";

/** The sentence in the page's language, with `{name}` places filled in. */
export function t(zh: string, en: string, values: Record<string, string | number> = {}): string {
  return (language === "en" ? en : zh).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** A whole number with thousands. */
export function count(value: number): string {
  return value.toLocaleString(language);
}
