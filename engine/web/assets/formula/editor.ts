/** The text itself: CodeMirror in a shadow root, as the strict policy for styles wants it. */
import { autocompletion, acceptCompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { history, historyKeymap, standardKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { chips } from "./chips";
import { PHRASES, offering } from "./complete";
import type { Names } from "./names";
import { theme } from "./theme";

export interface Wishes { text: string; label: string; hint: string; readOnly: boolean; names: Names; more: Extension[]; bad: () => boolean }

/** A box for the page with the editor in its shadow. */
export function edit(box: HTMLElement, { text, label, hint, readOnly, names, more, bad }: Wishes): EditorView {
  const shadow = box.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: shadow,
    root: shadow,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        EditorView.lineWrapping,
        EditorState.phrases.of(PHRASES),
        EditorState.readOnly.of(readOnly),
        EditorView.editable.of(!readOnly),
        EditorView.contentAttributes.of(() => ({ "aria-label": label, "aria-invalid": String(bad()), spellcheck: "false", autocapitalize: "off", autocorrect: "off" })),
        EditorView.editorAttributes.of((): Record<string, string> => (bad() ? { class: "jf-bad" } : {})),
        placeholder(hint),
        bracketMatching(),
        closeBrackets(),
        chips(names),
        autocompletion({ override: [offering(names)], icons: false, maxRenderedOptions: 60, optionClass: (one) => `jf-of-${one.type}`, interactionDelay: 0 }),
        EditorView.clipboardInputFilter.of((pasted) => names.keyed(pasted)),
        keymap.of([{ key: "Tab", run: acceptCompletion }, ...completionKeymap, ...closeBracketsKeymap, ...historyKeymap, ...lintKeymap, ...standardKeymap]),
        theme,
        ...more,
      ],
    }),
  });
  /* A commit of an input method is typing too. */
  view.contentDOM.addEventListener("compositionend", () => setTimeout(() => view.hasFocus && startCompletion(view), 0));
  /* What one types here is for nobody outside: pages have single letters as shortcuts. */
  box.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || "zyacvx".includes(event.key.toLowerCase())) event.stopPropagation();
  });
  return view;
}
