/** Fields as chips with their labels, while the text keeps their keys; functions, texts and figures in colour. */
import { StateEffect } from "@codemirror/state";
import type { Extension, Range } from "@codemirror/state";
import { Decoration, EditorView, MatchDecorator, ViewPlugin, WidgetType } from "@codemirror/view";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import { t } from "../base/language";
import type { Names } from "./names";
import { CALL, CONSTANT, WORD, comparedWith } from "./words";

/** The names have changed: draw the chips again. */
export const renamed = StateEffect.define<null>();

class Chip extends WidgetType {
  constructor(readonly label: string, readonly hint: string, readonly kind: string) {
    super();
  }

  override eq(other: Chip): boolean {
    return other.label === this.label && other.hint === this.hint && other.kind === this.kind;
  }

  override toDOM(): HTMLElement {
    const chip = document.createElement("span");
    chip.className = this.kind;
    chip.textContent = this.label;
    chip.title = this.hint;
    return chip;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

const FUNCTION = Decoration.mark({ class: "jf-function" });
const TEXT = Decoration.mark({ class: "jf-text" });
const FIGURE = Decoration.mark({ class: "jf-figure" });
const UNKNOWN = Decoration.mark({ class: "jf-unknown", attributes: { title: t("未知字段", "Unknown field") } });

export function chips(names: Names): Extension {
  const drawer = new MatchDecorator({
    regexp: WORD,
    decorate: (add, from, to, match, view) => {
      const word = match[0];
      if (/^\d/.test(word)) return add(from, to, FIGURE);
      if (/^["“”＂]/.test(word)) {
        const label = optionLabel(names, view.state.doc.sliceString(0, from), word);
        return add(from, to, label ? Decoration.replace({ widget: new Chip(label, word, "jf-option") }) : TEXT);
      }
      const after = view.state.doc.sliceString(to, to + 8);
      if (CALL.test(after)) return add(from, to, FUNCTION);
      if (CONSTANT.test(word)) return add(from, to, FIGURE);
      const field = names.byPath.get(word);
      if (field) return add(from, to, Decoration.replace({ widget: new Chip(field.label, word, "jf-chip") }));
      const { head } = view.state.selection.main;
      if (names.loaded && !(view.hasFocus && head >= from && head <= to)) add(from, to, UNKNOWN);
    },
  });

  const plugin = ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      whole: DecorationSet;

      constructor(view: EditorView) {
        this.decorations = drawer.createDeco(view);
        this.whole = onlyChips(this.decorations);
      }

      update(update: ViewUpdate): void {
        /* What is being composed must not be touched; it is drawn when it has been committed. */
        if (update.view.composing) {
          this.decorations = this.decorations.map(update.changes);
          this.whole = this.whole.map(update.changes);
          return;
        }
        this.decorations = drawer.createDeco(update.view);
        this.whole = onlyChips(this.decorations);
      }
    },
    {
      decorations: (one) => one.decorations,
      provide: (one) => EditorView.atomicRanges.of((view) => view.plugin(one)?.whole ?? Decoration.none),
    },
  );
  return plugin;
}

function onlyChips(all: DecorationSet): DecorationSet {
  const found: Range<Decoration>[] = [];
  for (const cursor = all.iter(); cursor.value; cursor.next()) if (cursor.value.spec.widget) found.push(cursor.value.range(cursor.from, cursor.to));
  return Decoration.set(found);
}

/** The label of an option that stands as its value beside the field; nothing where the two are the same. */
function optionLabel(names: Names, before: string, word: string): string | null {
  const options = names.byPath.get(comparedWith(before, before.length) ?? "")?.options;
  const found = options?.find((one) => one.value === word.slice(1, -1));
  return found && found.label !== found.value ? found.label : null;
}
