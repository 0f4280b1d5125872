/** What one looks at in a list (filter, sort, columns, search), shared by grid and filter bar and kept in the address. */
import { get } from "../base/http";
import type { Bucket, Column, Config, Height, Level, Shown, Sort, State, Where } from "./contract";

type Part = "where" | "sort" | "columns" | "search" | "groups" | "colors" | "height" | "summary";

const views = new Map<string, Promise<View>>();

export class View extends EventTarget {
  #original: string;

  private constructor(readonly config: Config, readonly state: State) {
    super();
    this.#original = JSON.stringify(stateOf(config));
  }

  /** The view of a config address; the config is asked for once a page. */
  static at(url: string): Promise<View> {
    let found = views.get(url);
    if (!found) {
      found = get<Config>(url).then((config) => new View(config, { ...stateOf(config), ...(config.address === false ? {} : fromAddress()) }));
      found.catch(() => views.delete(url));
      views.set(url, found);
    }
    return found;
  }

  column(key: string): Column | undefined {
    return this.config.columns.find((column) => column.key === key);
  }

  /** The shown columns in their order. */
  get shown(): Column[] {
    return this.state.columns.flatMap(({ key, width }) => {
      const column = this.column(key);
      return column ? [{ ...column, width: width ?? column.width }] : [];
    });
  }

  /** Whether one has changed what the saved view says. */
  get changed(): boolean {
    return JSON.stringify({ ...this.state, search: "" }) !== this.#original;
  }

  set(part: Partial<State>): void {
    const parts = (Object.keys(part) as (keyof State)[]).filter((key) => JSON.stringify(part[key]) !== JSON.stringify(this.state[key]));
    if (!parts.length) return;
    Object.assign(this.state, part);
    this.#write();
    for (const key of parts) this.dispatchEvent(new CustomEvent(key === "freeze" ? "columns" : (key as Part)));
    document.dispatchEvent(new CustomEvent("jf:state", { detail: { ...this.state, changed: this.changed } }));
  }

  /** What the server saved is now what we have. */
  saved(): void {
    this.#original = JSON.stringify({ ...this.state, search: "" });
    this.#write();
  }

  reset(): void {
    this.set(JSON.parse(this.#original) as State);
  }

  /** How a column is summed up: as one has chosen, else as the view says. */
  summaryOf(column: Column): string {
    return this.state.summary[column.key] ?? column.summary ?? "none";
  }

  /** The figures that are asked for below the columns. */
  get measures(): { field: string; fn: string }[] {
    return this.shown.map((column) => ({ field: column.key, fn: this.summaryOf(column) })).filter(({ fn }) => fn !== "none");
  }

  #write(): void {
    if (this.config.address === false) return;
    const url = new URL(location.href);
    const original = JSON.parse(this.#original) as State;
    const put = (name: string, now: unknown, then: unknown, text: string): void => {
      if (JSON.stringify(now) === JSON.stringify(then)) url.searchParams.delete(name);
      else url.searchParams.set(name, text);
    };
    const { where, sort, columns, freeze, search, groups, colors, height, summary } = this.state;
    put("where", where, original.where, JSON.stringify(where));
    put("sort", sort, original.sort, sort.map(({ field, desc }) => (desc ? `-${field}` : field)).join(","));
    put("columns", columns, original.columns, columns.map(({ key, width }) => (width ? `${key}:${width}` : key)).join(","));
    put("freeze", freeze, original.freeze, String(freeze));
    put("groups", groups, original.groups, groups.map(({ field, bucket }) => (bucket ? `${field}:${bucket}` : field)).join(","));
    put("colors", colors, original.colors, JSON.stringify(colors));
    put("height", height, original.height, height);
    put("summary", summary, original.summary, Object.entries(summary).map(([key, fn]) => `${key}:${fn}`).join(","));
    put("search", search, "", search);
    history.replaceState(history.state, "", url);
  }
}

function stateOf(config: Config): State {
  const shown: Shown[] = config.columns.filter((column) => !column.hidden).map(({ key }) => ({ key }));
  const { where = null, sort = [], columns = shown, freeze = config.freeze ?? 1, groups = [], colors = [], height = "normal", summary = {} } = config.state ?? {};
  const widths = columns.map(({ key, width }): Shown => (width ? { key, width } : { key }));
  return { where, sort, columns: widths, freeze, search: "", groups, colors, height, summary };
}

function fromAddress(): Partial<State> {
  const query = new URL(location.href).searchParams;
  const state: Partial<State> = {};
  try {
    if (query.has("where")) state.where = JSON.parse(query.get("where")!) as Where | null;
  } catch {
    /* an address somebody shortened: the view's own filter stands */
  }
  const sort = query.get("sort");
  if (sort !== null) state.sort = sort.split(",").filter(Boolean).map((one): Sort => ({ field: one.replace(/^-/, ""), desc: one.startsWith("-") }));
  const columns = query.get("columns");
  if (columns) {
    state.columns = columns.split(",").map((one): Shown => {
      const [key, width] = one.split(":");
      return width ? { key, width: Number(width) } : { key };
    });
  }
  const groups = query.get("groups");
  if (groups !== null) {
    state.groups = groups.split(",").filter(Boolean).map((one): Level => {
      const [field, bucket] = one.split(":");
      return bucket ? { field, bucket: bucket as Bucket } : { field };
    });
  }
  const summary = query.get("summary");
  if (summary !== null) state.summary = Object.fromEntries(summary.split(",").filter(Boolean).map((one) => one.split(":") as [string, string]));
  try {
    if (query.has("colors")) state.colors = JSON.parse(query.get("colors")!) as State["colors"];
  } catch {
    /* as above: the view's own rules stand */
  }
  if (query.has("height")) state.height = query.get("height") as Height;
  if (query.has("freeze")) state.freeze = Number(query.get("freeze")) || 0;
  if (query.has("search")) state.search = query.get("search")!;
  return state;
}
