/** Remembers the button that is pressed before the page's script has come, for `main.ts` to press it then. A script of its own, not a module: it is there before the page is. */
{
  const kept = (window as unknown as { jfEarly: { button: Element | null; stop(): void } });
  const remember = (event: Event): void => {
    kept.jfEarly.button = (event.target as Element).closest("button[type=button]");
  };
  kept.jfEarly = { button: null, stop: () => document.removeEventListener("click", remember, true) };
  document.addEventListener("click", remember, true);
}
