/** Asks the server what is wrong, underlines it at its place, and offers what was meant. */
import { completionStatus } from "@codemirror/autocomplete";
import { forceLinting, linter } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import type { Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { post } from "../base/http";
import { t } from "../base/language";
import type { FieldName, Names } from "./names";
import { writtenLabels } from "./written";
import { unitsAt } from "./words";

export interface Fault { code: string; message: string; start: number; length: number; replacement: string | null; meant: string | null }
export interface Checked { faults: Fault[]; type: string | null; type_label?: string | null; volatile?: boolean; names: Record<string, FieldName> }

const PAUSE = 250;

/** `told` hears of each answer; an empty text has none. */
export function checking(names: Names, more: () => Record<string, unknown>, told: (text: string, checked: Checked | null, diagnostics: Diagnostic[]) => void): Extension {
  let last: Diagnostic[] = [];
  return linter(
    async (view) => {
      if (view.composing || completionStatus(view.state) === "active" || (view.hasFocus && toKeys(view, names))) return last;
      const text = view.state.doc.toString();
      if (!text.trim()) {
        told(text, null, []);
        return (last = []);
      }
      let checked: Checked;
      try {
        checked = await post<Checked>(`${names.url}/check`, { formula: text, ...(names.inside ? { inside: names.inside } : {}), draft: names.draft, ...more() });
      } catch {
        return [];
      }
      names.add(Object.values(checked.names));
      last = checked.faults.map((fault) => diagnostic(text, fault));
      if (view.state.doc.toString() === text) told(text, checked, last);
      return last;
    },
    { delay: PAUSE, needsRefresh: (update) => completionStatus(update.startState) === "active" && completionStatus(update.state) !== "active" },
  );
}

function diagnostic(text: string, fault: Fault): Diagnostic {
  const from = Math.min(unitsAt(text, fault.start), text.length);
  const to = Math.min(unitsAt(text, fault.start + fault.length), text.length);
  const { replacement, meant } = fault;
  return {
    from: from === to && from === text.length ? Math.max(0, from - 1) : from,
    to: Math.max(to, from),
    severity: "error",
    message: fault.message,
    ...(replacement ? { actions: [{ name: t("换成“{meant}”", "Use “{meant}”", { meant: meant ?? replacement }), apply: (view: EditorView, start: number, end: number) => put(view, replacement, start, end) }] } : {}),
  };
}

/** Put the keys of fields where their labels were typed in full; not at the caret, unless `all`. Answers whether there were any. */
export function toKeys(view: EditorView, names: Names, all = false): boolean {
  if (view.state.readOnly) return false;
  const { head } = view.state.selection.main;
  const found = writtenLabels(names, view.state.doc.toString()).filter(({ from, to }) => all || head < from || head > to);
  if (found.length) view.dispatch({ changes: found.map(({ from, to, path }) => ({ from, to, insert: path })), userEvent: "input.complete" });
  return found.length > 0;
}

/** Write something else at a place. */
export function put(view: EditorView, text: string, from: number, to: number): void {
  view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length }, userEvent: "input.complete" });
  view.focus();
}

export const checkNow = (view: EditorView): void => forceLinting(view);
