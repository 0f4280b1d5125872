/** Gives SlickGrid's rows and cells the roles of a grid; only rows that are new are touched. */
import type { Grid } from "./csp";

/** Once for the parts that stay; again whenever the columns are made anew. */
export function name(grid: Grid, container: HTMLElement, label: string): void {
  container.setAttribute("role", "grid");
  container.setAttribute("aria-label", label);
  for (const sink of container.querySelectorAll<HTMLElement>(':scope > [tabindex="0"]:not(.slick-pane)')) {
    sink.tabIndex = -1;
    sink.setAttribute("aria-hidden", "true");
  }
  for (const part of container.querySelectorAll<HTMLElement>(".slick-pane, .slick-header, .slick-viewport, .slick-footerrow, .slick-headerrow, .slick-top-panel-scroller")) {
    part.setAttribute("role", "presentation");
    part.removeAttribute("tabindex");
  }
  for (const head of container.querySelectorAll<HTMLElement>(".slick-header-columns")) head.setAttribute("role", "row");
  for (const canvas of grid.getCanvases()) {
    canvas.setAttribute("role", "rowgroup");
    canvas.removeAttribute("tabindex");
  }
  for (const foot of container.querySelectorAll<HTMLElement>(".slick-footerrow-columns")) foot.setAttribute("role", "row");
  for (const unused of container.querySelectorAll<HTMLElement>(".slick-headerrow, .slick-top-panel-scroller, .slick-preheader-panel")) unused.setAttribute("aria-hidden", "true");
  rows(grid, container);
}

/** After each rendering, for the rows that have come. */
export function rows(grid: Grid, container: HTMLElement): void {
  container.setAttribute("aria-rowcount", String(grid.getDataLength() + 1));
  container.setAttribute("aria-colcount", String(grid.getColumns().length));
  for (const canvas of grid.getCanvases()) {
    for (const row of canvas.children) {
      if (row.hasAttribute("aria-rowindex")) continue;
      row.setAttribute("role", "row");
      row.setAttribute("aria-rowindex", String(grid.rowOf(row as HTMLElement) + 2));
    }
  }
}
