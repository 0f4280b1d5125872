/** The palette: tiles found by typing, put into the form by a click or Enter. */
import type { Tile } from "./making";
import { labelText } from "./labels";

export function tileOf(element: HTMLElement): Tile {
  return { type: element.dataset.type!, label: element.textContent!.trim(), starting: JSON.parse(element.dataset.starting ?? "{}") as Record<string, unknown> };
}

/** Make the tiles answer to the search box, to clicks and to the arrow keys. */
export function palette(root: HTMLElement, put: (tile: Tile) => void): void {
  const search = root.querySelector<HTMLInputElement>("[data-palette-search]")!;
  const tiles = [...root.querySelectorAll<HTMLElement>(".palette-tile")];
  const shown = (): HTMLElement[] => tiles.filter((tile) => !tile.hidden);
  /* One stop for the Tab key; the arrow keys go on from there. */
  const stop = (at: HTMLElement | undefined): void => { for (const tile of tiles) tile.tabIndex = tile === at ? 0 : -1; };
  stop(tiles[0]);
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const tile of tiles) tile.hidden = Boolean(wanted) && !`${tile.textContent} ${tile.dataset.type} ${tile.dataset.tile} ${labelText(tile.title)}`.toLowerCase().includes(wanted);
    for (const group of root.querySelectorAll<HTMLElement>(".palette-group")) group.hidden = !group.querySelector(".palette-tile:not([hidden])");
    stop(shown()[0]);
    root.querySelector<HTMLElement>(".palette-nothing")!.hidden = shown().length > 0;
  });
  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && shown()[0]) { event.preventDefault(); put(tileOf(shown()[0])); }
    if (event.key === "ArrowDown") { event.preventDefault(); shown()[0]?.focus(); }
    if (event.key === "Escape" && search.value) { search.value = ""; search.dispatchEvent(new Event("input")); }
  });
  root.addEventListener("click", (event) => {
    const tile = (event.target as Element).closest<HTMLElement>(".palette-tile");
    if (tile) put(tileOf(tile));
  });
  root.addEventListener("focusin", (event) => {
    if (tiles.includes(event.target as HTMLElement)) stop(event.target as HTMLElement);
  });
  root.addEventListener("keydown", (event) => {
    const tile = (event.target as Element).closest<HTMLElement>(".palette-tile");
    const step = { ArrowRight: 1, ArrowDown: 2, ArrowLeft: -1, ArrowUp: -2 }[event.key];
    if (!tile || !step) return;
    event.preventDefault();
    const there = shown();
    (there[there.indexOf(tile) + step] ?? (step < 0 ? search : tile)).focus();
  });
}
