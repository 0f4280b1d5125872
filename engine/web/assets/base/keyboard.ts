/** How much of the window the keyboard of a phone covers, as `--keyboard`; browsers that shrink the page for it say nothing here. */
const KEYBOARD = 120;

export function watchKeyboard(): void {
  const seen = window.visualViewport;
  if (!seen) return;
  const settle = (): void => {
    const covered = Math.round(window.innerHeight - seen.height - seen.offsetTop);
    const root = document.documentElement;
    const typing = covered > KEYBOARD;
    root.style.setProperty("--keyboard", typing ? `${covered}px` : "0px");
    root.toggleAttribute("data-keyboard", typing);
  };
  seen.addEventListener("resize", settle);
  seen.addEventListener("scroll", settle);
}
