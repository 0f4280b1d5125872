/** The grid's words with the server: what is asked and answered, and what a view of a list holds. */
export type Color = "green" | "amber" | "red" | "violet" | "cyan" | "blue" | "grey";
export type Align = "left" | "right" | "center";

export interface Option { value: string; label: string; color?: Color }
export interface Choice { value: string | number; label: string; hint?: string; color?: Color }

export interface Column {
  key: string;
  label: string;
  /** The label alone, where `label` also says by which way the field is reached. */
  name?: string;
  type: string;
  align?: Align;
  width?: number;
  hidden?: boolean;
  editable?: boolean;
  sortable?: boolean;
  filterable?: boolean;
  summary?: string | null;
  /** How it may be summed up. */
  summaries?: string[];
  groupable?: boolean;
  dated?: boolean;
  options?: Option[];
  /** Whether what is none of the options may be typed. */
  others?: boolean;
  operators?: string[];
  scale?: number;
  unit?: string;
  multiple?: boolean;
  /** What sort of value it is; two of one sort can be compared. */
  holds?: string;
  /** Whether fields stand behind it: a linked record's, a person's, a subform's. */
  into?: boolean;
  /** What may be chosen depends on the record's other values: it is asked for with the record. */
  by_record?: boolean;
}

export interface Sort { field: string; desc: boolean }
export type Bucket = "day" | "week" | "month" | "quarter" | "year";
export interface Level { field: string; bucket?: Bucket }
/** Where a condition holds, the row is coloured, or the cell of `field`. */
export interface ColorRule { key: string; when: Where; color: Color; field?: string }
export type Height = "short" | "normal" | "tall";
export interface Shown { key: string; width?: number }

/** A condition, as the contract writes it. */
export type Where =
  | { all: Where[] }
  | { any: Where[] }
  | { not: Where }
  | { field: string; op: string; value?: unknown };

/** What one looks at: the part of a list's state that an address or a saved view keeps. */
export interface State { where: Where | null; sort: Sort[]; columns: Shown[]; freeze: number; search: string; groups: Level[]; colors: ColorRule[]; height: Height; summary: Record<string, string> }

export interface Urls {
  rows: string; groups?: string; fields?: string; totals: string; values: string; cells: string; choices: string;
  panel?: string; record?: string; delete?: string; selection?: string; views?: string; export?: string; formulas?: string;
}

export interface Config {
  name?: string;
  columns: Column[];
  title_key: string;
  freeze?: number;
  row_heights?: Record<Height, number>;
  /** Whether filter, sort and so on stand in the address of the page. */
  address?: boolean;
  can: { create?: boolean; update?: boolean; delete?: boolean; export?: boolean; import?: boolean; update_view?: boolean; design?: boolean };
  urls: Urls;
  total?: number;
  estimated?: boolean;
  state?: Partial<State>;
}

export interface Cell { v: unknown; t: string; color?: Color; error?: string; url?: string; items?: { t: string; color?: Color }[] }

export interface Row {
  id: number;
  version: number;
  cells: Record<string, Cell>;
  readonly?: string[];
  /** Of the fields that one might change otherwise: those that the form's rules lock, and those that they hide. */
  locked?: string[];
  hidden?: string[];
  /** Colours by field; under "" that of the whole row. */
  colors?: Record<string, Color>;
}

/** A group with its subtotals; `where` finds its rows. */
export interface Group { level: number; label: string; t: string; color?: Color; where: Where; count: number; values: Totals["values"] }
export interface Groups { groups: Group[]; cut: boolean }

export interface Rows { rows: Row[]; offset: number; total?: number; estimated?: boolean }
export interface Totals { count: number; estimated?: boolean; values: Record<string, { fn: string; t: string; errors?: number }> }
export interface Values { values: { v: unknown; t: string; count: number }[] }

export interface Change { id: number; version: number; values: Record<string, unknown> }
export interface Outcome {
  id: number;
  version?: number;
  cells?: Record<string, Cell>;
  readonly?: string[];
  locked?: string[];
  hidden?: string[];
  colors?: Record<string, Color>;
  matches?: boolean;
  warnings?: { message: string }[];
  /** Which of the cells that were sent are stored as sent; the others are in `conflict`, or `errors` say why not. */
  saved: string[];
  errors?: { field?: string; message: string }[];
  /** Fields that somebody else has changed since the version that one had seen. */
  others?: string[];
  conflict?: { fields: string[]; message: string };
}
export interface Outcomes { results: Outcome[]; undo?: string }

/** Which records an action of the selection bar is for. */
export interface Selection { ids?: number[]; all?: boolean; except?: number[]; where?: Where | null; search?: string; count: number }

export const NUMBERS = new Set(["number", "money", "percent", "rating"]);
export const DATES = new Set(["date", "datetime"]);
export const CHOICES = new Set(["select", "radio", "multi_select", "checkboxes", "member", "members", "department", "departments", "link", "links"]);
export const MANY = new Set(["multi_select", "checkboxes", "members", "departments", "links"]);
