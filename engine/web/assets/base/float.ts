/** Puts a menu or popover beside what it belongs to, and closes it when one turns away. */
export interface Place { left: number; top: number; right: number; bottom: number }

const GAP = 4;

/** Stand below the anchor, above it where there is no room, and never outside the window. */
export function place(box: HTMLElement, anchor: Place, align: "start" | "end" = "start"): void {
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = align === "end" ? anchor.right - width : anchor.left;
  const below = anchor.bottom + GAP;
  const above = anchor.top - GAP - height;
  const top = below + height <= innerHeight - GAP || above < GAP ? below : above;
  box.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
  box.style.top = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
}

/** Stand there, and stand right again whenever the box has grown or shrunk. Returns how to stop. */
export function keepPlaced(box: HTMLElement, anchor: () => Place): () => void {
  const settle = (): void => place(box, anchor());
  const sizes = new ResizeObserver(settle);
  sizes.observe(box);
  settle();
  return () => sizes.disconnect();
}

/** Close on Escape, on a press outside, and when the page scrolls away beneath. Returns how to stop listening. */
export function dismiss(box: HTMLElement, inside: (node: Node) => boolean, close: (by: "key" | "press") => void): () => void {
  const onPress = (event: Event): void => {
    const path = event.composedPath();
    if (!path.includes(box) && !path.some((node) => node instanceof Node && inside(node))) close("press");
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    event.preventDefault();
    close("key");
  };
  document.addEventListener("pointerdown", onPress, true);
  document.addEventListener("keydown", onKey, true);
  return () => {
    document.removeEventListener("pointerdown", onPress, true);
    document.removeEventListener("keydown", onKey, true);
  };
}
