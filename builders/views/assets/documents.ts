/** A view as its document holds it, and as the list's state has it. */
import type { ColorRule, Height, Level, Sort, State, Where } from "../../../engine/web/assets/grid/contract";
import type { Doc } from "../../forms/assets/delta";

export type Kind = "grid" | "kanban" | "calendar";
export type ViewDoc = Doc & {
  key: string; kind: Kind; name?: unknown; where?: Where; sort?: Sort[]; columns?: (string | { field: string; width?: number })[];
  group_by?: string | Level[]; summary?: Record<string, string>; colors?: ColorRule[]; row_height?: Height; freeze?: number;
  date?: string; until?: string; scale?: string; roles?: string[]; card?: Record<string, string>;
};

export const ICONS: Record<Kind, string> = { grid: "table", kanban: "layout-kanban", calendar: "calendar" };

/** What the view's document says, as a list's state; `all` are the columns of a view that names none. */
export function stateOf(view: ViewDoc, all: string[]): State {
  const columns = (view.columns ?? all).map((one) => (typeof one === "string" ? { key: one } : one.width ? { key: one.field, width: one.width } : { key: one.field }));
  return {
    where: view.where ?? null,
    sort: (view.sort ?? []).map(({ field, desc }) => ({ field, desc: Boolean(desc) })),
    columns, freeze: view.freeze ?? 1, search: "",
    groups: Array.isArray(view.group_by) ? view.group_by : [],
    colors: view.colors ?? [], height: view.row_height ?? "normal", summary: view.summary ?? {},
  };
}

/** Write one part of a state into the view's document; what says nothing is left out. */
export function write(view: ViewDoc, part: keyof State, state: State): void {
  const put = (name: keyof ViewDoc, value: unknown, empty: boolean): void => {
    if (empty) delete view[name];
    else view[name] = structuredClone(value) as never;
  };
  switch (part) {
    case "where": return put("where", state.where, !state.where);
    case "sort": return put("sort", state.sort.map(({ field, desc }) => (desc ? { field, desc } : { field })), !state.sort.length);
    case "columns": put("columns", state.columns.map(({ key, width }) => (width ? { field: key, width } : key)), !state.columns.length); return put("freeze", state.freeze, state.freeze === 1);
    case "groups": return view.kind === "grid" ? put("group_by", state.groups, !state.groups.length) : undefined;
    case "colors": return put("colors", state.colors, !state.colors.length);
    case "height": return put("row_height", state.height, state.height === "normal");
    case "summary": return put("summary", state.summary, !Object.keys(state.summary).length);
  }
}

/** A key that no view has yet. */
export function freeKey(kind: Kind, taken: string[]): string {
  for (let number = taken.length + 1; ; number++) {
    const key = `${kind}_${number}`;
    if (!taken.includes(key)) return key;
  }
}
