/** <jf-formula url="/a/app/form/formulas" inside draft result decimals field><textarea>: a formula, edited with the fields' labels in place of their keys. */
import { completionStatus, startCompletion } from "@codemirror/autocomplete";
import { EditorView } from "@codemirror/view";
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { checkNow, checking, toKeys } from "../formula/checking";
import type { Checked } from "../formula/checking";
import type { Diagnostic } from "@codemirror/lint";
import { renamed } from "../formula/chips";
import { insertCall } from "../formula/complete";
import { edit } from "../formula/editor";
import { hint } from "../formula/hint";
import { namesOf } from "../formula/names";
import type { FunctionName, Names } from "../formula/names";
import { Reference } from "../formula/reference";
import { Trial } from "../formula/trial";

const SETTLES = 700;

class Formula extends HTMLElement {
  #view: EditorView | null = null;
  #names: Names | null = null;
  #before = "";
  #bad = false;
  #timer = 0;
  #renamed = (): void => {
    const view = this.#view;
    if (!view) return;
    view.dispatch({ effects: renamed.of(null) });
    /* Names that come while one types are offered at once, and not only at the next key. */
    const typed = /[\w.\u3400-\u9fff]*$/.exec(view.state.doc.sliceString(0, view.state.selection.main.head))![0];
    if (view.hasFocus && !view.composing && typed && !this.#names!.byPath.has(typed) && completionStatus(view.state) === null) startCompletion(view);
  };
  #fields = "";
  #drafted = (event: Event): void => {
    const { draft, reason } = (event as CustomEvent).detail ?? {};
    if (reason === "changed") return;
    /* Only what other fields are called and hold can change what may be named; a formula's own text cannot. */
    const fields = JSON.stringify(draft?.document?.fields, (key, value) => (key === "formula" ? undefined : value)) ?? "";
    if (this.#fields !== fields) this.#later();
    this.#fields = fields;
  };

  connectedCallback(): void {
    const area = this.querySelector("textarea");
    if (!area || this.#view) return;
    const names = (this.#names = namesOf(this.getAttribute("url")!, this.getAttribute("inside") ?? "", this.hasAttribute("draft")));
    const trial = new Trial(names, () => this.#as);
    const reference = new Reference(names, (one) => this.#insert(one));
    const box = el("div", { class: "formula-box" });
    const says = el("div", { class: "formula-says", role: "status" });
    const takes = el("div", { class: "formula-says" });
    const kind = el("span", { class: "caption second" });
    const label = (area.id && document.querySelector<HTMLLabelElement>(`label[for="${CSS.escape(area.id)}"]`)) || null;
    const called = area.getAttribute("aria-label") ?? label?.textContent?.trim() ?? t("公式", "Formula");
    label?.addEventListener("click", (event) => {
      event.preventDefault();
      this.focus();
    });
    const early = document.activeElement === area ? area.selectionStart : null; // somebody is quicker than this script
    area.hidden = true;
    const readOnly = area.readOnly || area.disabled;
    const fields = el("button", { type: "button", class: "btn btn-quiet btn-small" }, icon("plus"), t("插入字段", "Insert a field"));
    const functions = el("button", { type: "button", class: "btn btn-quiet btn-small", "aria-expanded": "false" }, icon("math-function"), t("函数", "Functions"));
    fields.addEventListener("click", () => {
      this.focus();
      if (this.#view) startCompletion(this.#view);
    });
    functions.addEventListener("click", async () => {
      await reference.toggle();
      functions.setAttribute("aria-expanded", String(reference.open));
    });
    this.append(box, takes, says, ...(readOnly ? [] : [el("div", { class: "formula-tools row" }, fields, functions, kind)]), reference.node, trial.node);
    const told = (text: string, checked: Checked | null, found: Diagnostic[]): void => {
      this.#bad = found.length > 0;
      kind.textContent = checked?.type_label && checked.type !== "any" ? t("结果：{kind}", "Gives: {kind}", { kind: checked.type_label }) : "";
      this.#say(says, found);
      this.#view?.dispatch({}); // whether it is sound shows at its edge
      if (checked && !found.length) void trial.run(text);
      else trial.rest();
      this.dispatchEvent(new CustomEvent("jf:formula-checked", { bubbles: true, detail: { sound: !found.length } }));
    };
    const listening = EditorView.updateListener.of((update) => {
      if (update.docChanged && !update.view.composing) this.#write(update.state.doc.toString());
      if (update.docChanged || update.selectionSet || update.focusChanged) this.#hint(takes);
    });
    const leaving = EditorView.domEventHandlers({
      compositionend: (_, view) => void setTimeout(() => this.#write(view.state.doc.toString()), 0),
      focus: () => void (this.#before = area.value),
      blur: (_, view) => {
        if (!view.composing) toKeys(view, names, true);
        if (area.value !== this.#before) area.dispatchEvent(new Event("change", { bubbles: true }));
      },
    });
    this.#view = edit(box, {
      text: area.value, label: called, readOnly, names, bad: () => this.#bad,
      hint: area.placeholder || t("输入字段名、拼音或函数", "Type a field or a function"),
      more: [checking(names, () => this.#as, told), listening, leaving],
    });
    if (early !== null) {
      this.#view.focus();
      this.#view.dispatch({ selection: { anchor: early } });
    }
    names.addEventListener("names", this.#renamed);
    document.addEventListener("jf:draft", this.#drafted);
    void names.load().catch(() => undefined);
    checkNow(this.#view);
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.#names?.removeEventListener("names", this.#renamed);
    document.removeEventListener("jf:draft", this.#drafted);
  }

  override focus(): void {
    this.#view?.focus();
  }

  /** The text with keys, as it is stored. */
  get value(): string {
    return this.querySelector("textarea")!.value;
  }

  set value(text: string) {
    this.querySelector("textarea")!.value = text;
    this.refresh();
  }

  /** Show what the textarea holds now. */
  refresh(): void {
    const view = this.#view;
    const text = this.value;
    if (view && view.state.doc.toString() !== text) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }

  /** What kind of value is wanted, and whose formula it is. */
  get #as(): Record<string, unknown> {
    const decimals = this.getAttribute("decimals");
    return {
      ...(this.getAttribute("result") ? { result: this.getAttribute("result") } : {}),
      ...(this.getAttribute("field") ? { field: this.getAttribute("field") } : {}),
      ...(decimals ? { decimals: Number(decimals) } : {}),
    };
  }

  static observedAttributes = ["result", "decimals"];

  attributeChangedCallback(): void {
    if (this.#view) this.#again();
  }

  /** The draft was saved: what may be named may be different now. */
  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#names?.load(true).then(() => this.#again(), () => undefined), SETTLES);
  }

  /** Check the same text once more. */
  #again(): void {
    const view = this.#view;
    if (!view || view.composing) return;
    view.dispatch({ effects: renamed.of(null) });
    checkNow(view);
  }

  #write(text: string): void {
    const area = this.querySelector("textarea")!;
    if (area.value === text) return;
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** The first fault, and what mends it. */
  #say(says: HTMLElement, [fault]: Diagnostic[]): void {
    const view = this.#view;
    const said = fault ? `${fault.from} ${fault.to} ${fault.message}` : "";
    if (!view || (says.dataset.said ?? "") === said) return;
    says.dataset.said = said;
    if (!fault) return says.replaceChildren();
    const [action] = fault.actions ?? [];
    const mend = action && el("button", { type: "button", class: "btn btn-link btn-small", onclick: () => action.apply(view, fault.from, fault.to) }, action.name);
    const go = el("button", { type: "button", class: "formula-fault" }, fault.message);
    go.addEventListener("click", () => {
      view.dispatch({ selection: { anchor: fault.from, head: fault.to }, scrollIntoView: true });
      view.focus();
    });
    says.replaceChildren(el("div", { class: "field-error" }, go, mend ?? null));
  }

  /** What the function around the caret takes. */
  #hint(takes: HTMLElement): void {
    const view = this.#view;
    if (!view) return;
    const shown = view.hasFocus ? hint(this.#names!, view.state.doc.toString(), view.state.selection.main.head) : [];
    takes.replaceChildren(...(shown.length ? [el("div", { class: "field-hint formula-hint" }, ...shown)] : []));
  }

  #insert(one: FunctionName): void {
    const view = this.#view!;
    const { from, to } = view.state.selection.main;
    insertCall(view, one, from, to);
    view.focus();
  }
}

customElements.define("jf-formula", Formula);
