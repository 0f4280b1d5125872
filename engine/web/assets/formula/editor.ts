/** The text itself: CodeMirror in a shadow root, as the strict policy for styles wants it. */
import { autocompletion, acceptCompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, startCompletion } from "@codemirror/autocomplete";
import { history, historyKeymap, standardKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import { EditorView, ViewPlugin, keymap, placeholder, repositionTooltips } from "@codemirror/view";
import type { ViewUpdate } from "@codemirror/view";
import { chips } from "./chips";
import { PHRASES, offering } from "./complete";
import type { Names } from "./names";
import { theme } from "./theme";

export interface Wishes { text: string; label: string; hint: string; readOnly: boolean; names: Names; more: Extension[]; bad: () => boolean }

const LOOKS = 100;

/** What is offered stays at the caret when something above the editor grows; a page tells nobody of that. */
const staying = ViewPlugin.fromClass(
  class {
    timer = 0;
    top = 0;

    constructor(readonly view: EditorView) {}

    update(update: ViewUpdate): void {
      if (!this.timer && completionStatus(update.state) === "active") this.look();
    }

    look(): void {
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        const { top } = this.view.dom.getBoundingClientRect();
        if (top !== this.top) repositionTooltips(this.view);
        this.top = top;
        if (completionStatus(this.view.state) === "active") this.look();
      }, LOOKS);
    }

    destroy(): void {
      clearTimeout(this.timer);
    }
  },
);

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
        staying,
        ...more,
      ],
    }),
  });
  /* A commit of an input method is typing too. */
  view.contentDOM.addEventListener("compositionend", () => setTimeout(() => view.hasFocus && startCompletion(view), 0));
  /* What one types here is for nobody outside: pages have single letters as shortcuts. An Escape that closes nothing here leads out. */
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) return;
    if (!(event.ctrlKey || event.metaKey) || "zyacvx".includes(event.key.toLowerCase())) event.stopPropagation();
  });
  return view;
}
