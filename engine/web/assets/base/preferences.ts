/** What this browser keeps: theme, language, folded navigation, as cookies that the server reads before it draws. */
export function keep(name: string, value: string): void {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`;
}
