/** SlickGrid that writes its rules into an adopted style sheet, so that `style-src 'self'` holds; pinned to 5.20.2. */
import { SlickGrid } from "slickgrid";
import type { Column as SlickColumn } from "slickgrid";
import type { Row } from "./contract";

type Sheet = CSSStyleSheet & { owningElement?: unknown };

/* Only what TypeScript cannot see of the base class is named here; no private (#) members: the base constructor
   calls these methods before this class is ready. */
export class Grid extends SlickGrid<Row, SlickColumn<Row>> {
  declare jfSheet?: Sheet;
  declare onFocusWanted?: () => void;

  private pretending<T>(root: unknown, act: () => T): T {
    const options = this._options as { shadowRoot?: unknown };
    const kept = options.shadowRoot;
    options.shadowRoot = root;
    try {
      return act();
    } finally {
      options.shadowRoot = kept;
    }
  }

  protected override createCssRules(): void {
    this.pretending({ appendChild() {} }, () => super.createCssRules());
  }

  protected override createCssRulesAlternative(rules: string[]): void {
    this.columns.forEach((column, index) => {
      if (column && !column.hidden) rules.push(`.${this.uid} .l${index} { }`, `.${this.uid} .r${index} { }`);
    });
    const sheet: Sheet = new CSSStyleSheet();
    sheet.replaceSync(rules.join(" "));
    sheet.owningElement = this._style;
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    this.jfSheet = sheet;
  }

  protected override getColumnCssRules(index: number): { left: { selectorText: string }; right: { selectorText: string } } {
    return this.pretending({ styleSheets: [this.jfSheet] }, () => super.getColumnCssRules(index));
  }

  protected override removeCssRules(): void {
    super.removeCssRules();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.jfSheet);
  }

  /** The focus belongs to the catcher, never to SlickGrid's own sinks. */
  protected override setFocus(): void {
    this.onFocusWanted?.();
  }

  /** A click must not put the page's selection back: with it outside the catcher no letter arrives. */
  protected override setTextSelection(): void {}

  /** The row that an element of a row stands for. */
  rowOf(row: HTMLElement): number {
    return this.getRowFromNode(row as HTMLDivElement) ?? -1;
  }

  cellOf(cell: HTMLElement): number {
    return this.getCellFromNode(cell as HTMLDivElement);
  }

  /** Ranges are drawn by our own pointer handling. */
  protected override createDraggable(): void {}
}
