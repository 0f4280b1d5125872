/** The properties of what is selected, generated from the field type's own JSON Schema: nothing here knows a type. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { get } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { define } from "../../../engine/web/assets/lazy";
import { decidedBy } from "../../rules/assets/deciding";
import type { Context } from "./control";
import { control } from "./controls";
import { same } from "./delta";
import type { Draft, FieldDoc, Form } from "./draft";
import { formProperties } from "./form-properties";
import { labelText } from "./labels";
import { linkButton } from "./linked-form";
import { keptValues } from "./returning";
import type { Step } from "./editing";
import { retyped, typeChoice } from "./retype";
import { FORM } from "./selection";
import { severalProperties } from "./several-properties";
import { found, insideOf, keyOf } from "./structure";
import type { Schema, Types } from "./types";

interface Use { place: string; icon: string; path: string | null; url: string | null }
interface Host {
  draft: Draft;
  types: Types;
  base: string;
  select: (path: string) => void;
  named: (path: string, typed: boolean) => void;
  renamed: (path: string, key: string) => void;
  retyped: (path: string) => void;
  /** What the keys do to all that is selected, offered in the panel too. */
  steps: () => Step[];
  double: () => void;
  takeOut: () => void;
}

export class Properties {
  #path: string | null = null;
  /** Several fields, where more than one is selected. */
  #several: readonly string[] = [];
  #written: string | null = null;
  #following = false;

  constructor(private readonly root: HTMLElement, private readonly host: Host) {
    root.addEventListener("keydown", (event) => {
      const input = event.target as HTMLElement;
      if (event.key !== "Enter" || event.isComposing || !input.matches("[data-name]")) return;
      event.preventDefault();
      input.blur();
      if (this.#path && this.#path !== FORM) this.host.select(this.#path);
    });
  }

  /** Show the properties of a field, of the form, of nothing, or what `several` fields have in common. */
  show(path: string | null, several: readonly string[] = []): void {
    this.#path = path;
    this.#several = several.length > 1 ? [...several] : [];
    this.#draw();
  }

  /** The same field under another key, about to be given: what is shown stays, and so does the focus in it. */
  follow(path: string): void {
    this.#path = path;
    this.#following = true;
    const [head, key] = [this.root.querySelector(".properties-head code"), this.root.querySelector<HTMLInputElement>("#property-key")];
    if (head) head.textContent = path;
    if (key) key.value = keyOf(path);
  }

  /** What is shown may have changed by an undo or somebody else. */
  refresh(): void {
    if (this.#path === null) return;
    const now = JSON.stringify(this.#subject() ?? null);
    if (this.#following) this.#written = now;
    this.#following = false;
    if (now !== this.#written) this.#draw();
  }

  /** The name, selected so that typing replaces it. */
  focusName(): void {
    const input = this.root.querySelector<HTMLInputElement>("[data-name]");
    input?.focus();
    input?.select();
  }

  focus(property: string | null): void {
    const place = property && this.root.querySelector<HTMLElement>(`[data-property="${CSS.escape(property)}"]`);
    const details = place && place.closest("details");
    if (details) details.open = true;
    (place || this.root).querySelector<HTMLElement>("jf-formula:defined, input:not([type=hidden]), select, textarea, button, [contenteditable]")?.focus();
  }

  #subject(): FieldDoc | Form | FieldDoc[] | undefined {
    if (this.#several.length) return this.#several.map((path) => found(this.host.draft.document, path)).filter((one) => one !== undefined);
    return this.#path === FORM ? this.host.draft.document : found(this.host.draft.document, this.#path ?? "");
  }

  #draw(): void {
    const subject = this.#subject();
    this.#written = JSON.stringify(subject ?? null);
    const active = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-property]");
    const focused = active && this.root.contains(active) ? active.dataset.property! : null;
    if (!subject) this.root.replaceChildren(el("p", { class: "second properties-none" }, t("选中一个字段，在这里设置", "Select a field to set it up here")));
    else if (Array.isArray(subject)) this.root.replaceChildren(...this.#ofSeveral(subject));
    else if (this.#path === FORM) this.root.replaceChildren(...formProperties(this.host.draft, this.host.types, (edit, group) => this.#change(t("表单设置", "Form settings"), edit, group)));
    else this.root.replaceChildren(...this.#ofField(subject as FieldDoc, this.#path!));
    define(this.root);
    if (focused) this.focus(focused);
  }

  #ofSeveral(fields: FieldDoc[]): Node[] {
    const { types, steps, double, takeOut } = this.host;
    return severalProperties({
      fields, types, steps, double, takeOut, inside: insideOf(this.#path!),
      set: (name, value) => this.#change(t("修改 {n} 个字段", "Change {n} fields", { n: fields.length }), (form) => {
        for (const path of this.#several) {
          const field = found(form, path)!;
          if (value === undefined) delete field[name];
          else field[name] = value;
        }
      }, undefined, true),
    });
  }

  #ofField(field: FieldDoc, path: string): Node[] {
    const type = this.host.types.of(field.type);
    const context = this.#context(field, path);
    const groups = this.host.types.groups.map(({ key }) => key);
    const drawn = Object.entries(type.properties).filter(([name, schema]) => schema["x-offered"] !== false && this.#fits(schema, field) && name !== "type");
    const simple = drawn.filter(([, schema]) => schema["x-simple"] !== false);
    const more = drawn.filter(([, schema]) => schema["x-simple"] === false);
    const sections = groups
      .map((group) => simple.filter(([, schema]) => (schema["x-group"] ?? "display") === group))
      .filter((properties) => properties.length)
      .flatMap((properties) => [
        el("section", { class: "property-group" }, ...properties.map(([name, schema]) => this.#property(name, schema, field, context))),
        ...(properties.some(([, schema]) => schema["x-kind"] === "options") ? decidedBy(this.host.draft, field, path) : []),
      ]);
    const uses = el("section", { class: "property-group uses", hidden: true });
    void this.#uses(path, uses);
    return [
      el("header", { class: "properties-head" }, el("h2", { class: "truncate" }, labelText(field.label) || field.key), el("code", { class: "second truncate", title: t("字段标识", "Key") }, path)),
      ...sections,
      el("details", { class: "property-group more" }, el("summary", {}, t("更多", "More")),
        typeChoice(field, path, this.host.types, (name) => {
          this.#change(t("改类型", "Change the type"), (form) => retyped(found(form, path)!, name, this.host.types));
          this.host.retyped(path);
        }),
        ...more.map(([name, schema]) => this.#property(name, schema, field, context)),
        type.linkable && context.published ? linkButton(this.host.draft, this.host.types, field, path) : null),
      ...(context.published ? [keptValues(this.host.draft, path)] : []),
      uses,
    ];
  }

  #fits(schema: Schema, field: FieldDoc): boolean {
    return (schema["x-with"] ?? []).every((name) => field[name] !== undefined) && (schema["x-without"] ?? []).every((name) => field[name] === undefined);
  }

  #property(name: string, schema: Schema, field: FieldDoc, context: Context): HTMLElement {
    return control(name, schema, field[name], (value, whole) => this.#set(name, value, whole), context);
  }

  #context(field: FieldDoc, path: string): Context {
    const { draft, types, base } = this.host;
    return {
      field, path, types, base, draft,
      required: types.of(field.type).required,
      published: isPublished(draft, path),
      named: (typed = false) => this.host.named(this.#path!, typed),
      renamed: (key) => this.host.renamed(this.#path!, key),
      control,
    };
  }

  /** One property set; `whole` says that the panel itself must be drawn anew. */
  #set(name: string, value: unknown, whole = false): void {
    const path = this.#path!;
    const before = found(this.host.draft.document, path);
    if (!before || same(before[name], value)) return;
    const group = whole ? undefined : `${path}/${name}`;
    this.#change(t("修改“{field}”", "Change “{field}”", { field: labelText(before.label) || before.key }), (form) => {
      const field = found(form, path)!;
      if (value === undefined) delete field[name];
      else field[name] = value;
    }, group, whole);
    if (name === "label") this.root.querySelector(".properties-head h2")!.textContent = labelText(value) || keyOf(path);
  }

  #change(label: string, edit: (form: Form) => void, group?: string, whole = false): void {
    /* What is written here stands in its input already. */
    const path = this.#path;
    this.host.draft.change(label, (form) => {
      edit(form);
      if (!whole) this.#written = JSON.stringify((path === FORM ? form : found(form, path ?? "")) ?? null);
    }, group);
    if (whole) this.#draw();
  }

  async #uses(path: string, section: HTMLElement): Promise<void> {
    const { uses } = await get<{ uses: Use[] }>(`${this.host.draft.url}/uses?path=${encodeURIComponent(path)}`).catch(() => ({ uses: [] as Use[] }));
    if (!uses.length) return;
    section.hidden = false;
    section.replaceChildren(el("h3", { class: "label" }, t("被用在", "Used in")), el("ul", { class: "plain-list" }, ...uses.slice(0, 30).map((use) => el("li", {}, icon(use.icon), this.#useLink(use)))));
  }

  #useLink(use: Use): Node {
    if (use.path) return el("button", { type: "button", class: "btn-link", onclick: () => this.host.select(use.path!) }, use.place);
    if (use.url) return el("a", { href: use.url }, use.place);
    return el("span", {}, use.place);
  }
}

/** Whether a field is live already; then its key stands for good. */
export function isPublished(draft: Draft, path: string): boolean {
  return Boolean(draft.published && found(draft.published, path) && (insideOf(path) === null || found(draft.published, insideOf(path)!)));
}
