/** A popover that is made when it is asked for and gone when one turns away. */
import { dismiss, keepPlaced } from "./float";
import type { Place } from "./float";
import { el } from "./dom";

let open: (() => void) | null = null;

/** Show content beside an anchor; `quiet` leaves the focus where it is. Returns how to close it. */
export function popover(anchor: Element | Place, label: string, content: Node[], options: { menu?: boolean; wide?: boolean; quiet?: boolean; closed?: () => void } = {}): { box: HTMLElement; close: () => void } {
  open?.();
  const box = el("div", { class: options.menu ? "menu" : options.wide ? "popover wide" : "popover", role: options.menu ? "menu" : "dialog", "aria-label": label }, ...content);
  /* A modal dialog covers everything outside it. */
  ((anchor instanceof Element && anchor.closest("dialog[open]")) || document.body).append(box);
  /* What was pressed may be drawn anew meanwhile: then the place where it was last. */
  let last: Place = anchor instanceof Element ? anchor.getBoundingClientRect() : anchor;
  const spot = (): Place => (anchor instanceof Element && anchor.isConnected ? (last = anchor.getBoundingClientRect()) : last);
  const unplace = keepPlaced(box, spot);
  const before = document.activeElement as HTMLElement | null;
  const shut = (back: boolean): void => {
    if (open === close) open = null;
    const within = box.contains(document.activeElement);
    stop();
    unplace();
    box.remove();
    /* Whoever worked in it goes on where they came from; a press elsewhere says itself where to. */
    if (back && within && before?.isConnected) before.focus({ preventScroll: true });
    options.closed?.();
  };
  const close = (): void => shut(true);
  const stop = dismiss(box, (node) => anchor instanceof Element && anchor.contains(node), (by) => {
    shut(by === "key");
    if (by === "key") before?.focus({ preventScroll: true });
  });
  open = close;
  if (!options.quiet) box.querySelector<HTMLElement>("[autofocus], input:not([type=checkbox]), select, button, [role^=menuitem]")?.focus({ preventScroll: true });
  return { box, close };
}
