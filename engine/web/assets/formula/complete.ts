/** What is offered while one types: fields by label, pinyin or key, functions with signature and example, options. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { pickedCompletion } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import { el } from "../base/dom";
import { t } from "../base/language";
import { fieldFits, functionFits } from "./names";
import type { FieldName, FunctionName, Names } from "./names";
import { comparedWith, textStart } from "./words";

const MOST = 60;
const TYPED = /[\w.\u3400-\u9fff]*$/;

export function offering(names: Names): (context: CompletionContext) => CompletionResult | null | Promise<CompletionResult | null> {
  /* Answered at once wherever possible, so that Enter takes what stands first however fast one types. */
  const now = (context: CompletionContext): CompletionResult | null => {
    const before = context.state.doc.sliceString(0, context.pos);
    const quote = textStart(before, before.length);
    if (quote >= 0) return kept(options(names, context, before, quote));
    const typed = typedBefore(before);
    if (/^\d/.test(typed) || (!typed && !context.explicit)) return null;
    const dot = typed.lastIndexOf(".");
    return kept(dot > 0 ? behind(names, context, typed, dot) : whatever(names, context, typed));
  };
  const kept = (found: CompletionResult | null): CompletionResult | null => found && { ...found, filter: false, update: (_current, _from, _to, context) => now(context) };
  return (context) => {
    const typed = typedBefore(context.state.doc.sliceString(0, context.pos));
    const dot = typed.lastIndexOf(".");
    const waits = !names.loaded ? names.load() : dot > 0 && !names.behind(typed.slice(0, dot)).length ? names.under(typed.slice(0, dot)) : null;
    return waits ? waits.then(() => now(context), () => null) : now(context);
  };
}

const typedBefore = (before: string): string => TYPED.exec(before)![0];

/** Fields and functions alike, the best first. */
function whatever(names: Names, context: CompletionContext, typed: string): CompletionResult | null {
  const found = [
    ...[...names.byPath.values()].map((one) => ({ score: fieldFits(one, typed) + (one.path.includes(".") ? 0.5 : 0), one: () => field(one) })),
    ...[...names.byFunction.values()].map((one) => ({ score: functionFits(one, typed), one: () => call(one) })),
  ].filter(({ score }) => score >= 0).sort((a, b) => a.score - b.score).slice(0, MOST);
  return found.length ? { from: context.pos - typed.length, options: found.map(({ one }) => one()) } : null;
}

/** The fields behind a link or in a subform, after its dot. */
function behind(names: Names, context: CompletionContext, typed: string, dot: number): CompletionResult | null {
  const path = typed.slice(0, dot);
  const rest = typed.slice(dot + 1);
  const found = names.behind(path)
    .map((one) => ({ score: fieldFits(lastOf(one), rest), one }))
    .filter(({ score }) => score >= 0).sort((a, b) => a.score - b.score);
  return found.length ? { from: context.pos - typed.length, options: found.map(({ one }) => field(one)) } : null;
}

/** A field behind a link by its own key and label alone. */
function lastOf(one: FieldName): FieldName {
  const label = one.label.slice(one.label.lastIndexOf(" · ") + 1).trim();
  return { ...one, label, path: one.path.slice(one.path.lastIndexOf(".") + 1), initials: one.initials.slice(-label.length) };
}

/** The options of the field that a text is compared with. */
function options(names: Names, context: CompletionContext, before: string, quote: number): CompletionResult | null {
  const known = names.byPath.get(comparedWith(before, quote) ?? "")?.options;
  if (!known) return null;
  const typed = before.slice(quote + 1).toLowerCase();
  const closed = context.state.doc.sliceString(context.pos, context.pos + 1) === '"';
  const found = known.filter((one) => one.label.toLowerCase().includes(typed) || one.value.toLowerCase().includes(typed)).slice(0, MOST);
  return {
    from: quote,
    to: context.pos + (closed ? 1 : 0),
    options: found.map((one) => ({ label: one.label, detail: one.value === one.label ? undefined : one.value, type: "enum", apply: `"${one.value}"` })),
  };
}

function field(one: FieldName): Completion {
  return { label: one.label, detail: `${one.kind} · ${one.path}`, type: "field", apply: one.path };
}

function call(one: FunctionName): Completion {
  return {
    label: one.name,
    detail: one.signature.slice(one.name.length),
    type: "function",
    info: () => described(one),
    apply: (view, completion, from, to) => insertCall(view, one, from, to, completion),
  };
}

/** What a function does, as it stands beside the list and in the reference. */
export function described(one: FunctionName): HTMLElement {
  return el("div", { class: "jf-described" }, el("code", {}, one.signature), el("p", {}, one.summary),
    ...one.examples.slice(0, 2).map(([formula, value]) => el("p", { class: "jf-example" }, el("code", {}, formula), " → ", el("code", {}, value))));
}

/** Put a call in, with the caret between its brackets. */
export function insertCall(view: EditorView, one: FunctionName, from: number, to: number, completion?: Completion): void {
  const after = view.state.doc.sliceString(to, to + 1);
  const there = after === "(" || after === "（";
  const insert = there ? one.name : `${one.name}()`;
  const inside = one.signature.endsWith("()") ? insert.length : one.name.length + 1;
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + inside },
    userEvent: "input.complete",
    scrollIntoView: true,
    ...(completion ? { annotations: pickedCompletion.of(completion) } : {}),
  });
}

export const PHRASES: Record<string, string> = {
  Completions: t("可以插入的内容", "What may go in"),
  Diagnostics: t("需要修改的地方", "What needs attention"),
  "No diagnostics": t("没有需要修改的地方", "Nothing needs attention"),
};
