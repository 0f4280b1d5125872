/** <jf-condition url><input type="hidden" name="where"></jf-condition>: a condition as plain sentences in chips.

The hidden input keeps the condition as JSON, or nothing for all records; it fires `input` when the condition was
changed here, and a `change` on it draws what a script has put there. Attributes: `current` (the form being filled),
`inside` (its subform), `draft` (fields of the drafts), `label`, `none` (what no condition means). */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { MODES, grouped, isLeaf, modeOf, parts } from "../filter/conditions";
import type { Mode } from "../filter/conditions";
import { FormFields } from "../filter/fields";
import { editGroup } from "../filter/group-editor";
import { addCondition, editCondition } from "../filter/leaf-editor";
import { sentence } from "../filter/sentences";
import type { Part, Sentence } from "../filter/sentences";
import { toast } from "../elements/toast";
import type { Where } from "../grid/contract";

const known = new Map<string, Promise<FormFields>>();

class Condition extends HTMLElement {
  #input!: HTMLInputElement;
  #box = el("div", { class: "condition-chips" });
  #mode: Mode = "all";
  /** What was said last; an answer to an older condition is dropped. */
  #asked = "";

  connectedCallback(): void {
    if (this.#input) return;
    this.#input = this.querySelector<HTMLInputElement>("input[type=hidden]")!;
    this.#input.addEventListener("change", (event) => event.target === this.#input && this.#draw());
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", this.getAttribute("label") ?? t("条件", "Condition"));
    this.append(this.#box);
    this.#draw();
  }

  get where(): Where | null {
    try {
      return this.#input.value ? (JSON.parse(this.#input.value) as Where) : null;
    } catch {
      return null;
    }
  }

  get #query(): string {
    const query = new URLSearchParams();
    if (this.hasAttribute("draft")) query.set("draft", "1");
    for (const name of ["current", "inside"]) if (this.getAttribute(name)) query.set(name, this.getAttribute(name)!);
    return query.toString();
  }

  /** A draft's fields are asked for each time: they may have changed since. */
  #fields(): Promise<FormFields> {
    const url = this.getAttribute("url")!;
    const key = `${url} ${this.#query}`;
    const before = this.hasAttribute("draft") ? undefined : known.get(key);
    if (before) return before.then((fields) => fields.knows(this.where) ? fields : this.#read(key, url));
    return this.#read(key, url);
  }

  #read(key: string, url: string): Promise<FormFields> {
    const asked = FormFields.read(url, this.#query, this.where);
    known.set(key, asked);
    asked.catch(() => known.delete(key));
    return asked;
  }

  #draw(): void {
    const { where } = this;
    if (where) this.#mode = modeOf(where);
    this.#show(where, null);
    if (!where) return;
    const asked = (this.#asked = this.#input.value);
    const query = this.#query;
    void sentence(`${this.getAttribute("url")}/sentence${query && `?${query}`}`, where)
      .then((said) => asked === this.#input.value && asked === this.#asked && this.#show(where, said))
      .catch((reason) => this.#show(where, { sentence: "", parts: [], faults: [{ pointer: "", code: "", message: (reason as Error).message }] }));
  }

  #show(where: Where | null, said: Sentence | null): void {
    const all = parts(where, this.#mode);
    const focused = [...this.#box.querySelectorAll("button, select")].indexOf(document.activeElement!);
    const word = MODES.find(({ mode }) => mode === this.#mode)!.word;
    const add = el("button", { type: "button", class: "btn btn-quiet btn-small" }, icon("plus"), t("条件", "Condition"));
    add.addEventListener("click", () => void this.#edit((fields) => addCondition(add, fields, (part) => this.#set([...all, part]), () => editGroup(fields, null, (part) => part && this.#set([...all, part])))));
    this.#box.replaceChildren(
      ...(all.length ? [] : [el("span", { class: "second" }, this.getAttribute("none") ?? t("没有条件：全部适用", "No condition: applies to all"))]),
      ...(all.length > 1 || this.#mode === "none" ? [this.#modes(all)] : []),
      ...all.flatMap((part, at) => [at > 0 && el("span", { class: "caption" }, word), this.#chip(part, at, all, said?.parts[at])].filter((one): one is HTMLElement => one !== false)),
      add,
      ...[...new Set(said?.faults.map(({ message }) => message))].map((message) => el("p", { class: "field-error" }, message)));
    if (focused >= 0) this.#box.querySelectorAll<HTMLElement>("button, select")[focused]?.focus({ preventScroll: true });
  }

  #modes(all: Where[]): HTMLElement {
    const select = el("select", { class: "form-select", "aria-label": t("怎样组合", "How they combine") }, ...MODES.map(({ mode, label }) => el("option", { value: mode }, label)));
    select.value = this.#mode;
    select.addEventListener("change", () => {
      this.#mode = select.value as Mode;
      this.#set(all);
    });
    return select;
  }

  #chip(part: Where, at: number, all: Where[], said?: Part): HTMLElement {
    const words = said ? `${said.field} ${said.text}`.trim() : t("条件", "condition");
    const body = el("button", { type: "button", class: "chip-body", "aria-label": t("修改条件：{text}", "Change: {text}", { text: words }) }, said?.field && `${said.field} `, el("b", {}, said?.text ?? "…"));
    const change = (next: Where | null): void => this.#set(next ? all.map((one, index) => (index === at ? next : one)) : all.filter((_, index) => index !== at));
    body.addEventListener("click", () => void this.#edit((fields) => (isLeaf(part) && fields.column(part.field) ? editCondition(body, fields, part, change) : editGroup(fields, part, change))));
    return el("span", { class: "chip" }, body, el("button", { type: "button", class: "chip-close", "aria-label": t("移除条件：{text}", "Remove: {text}", { text: words }), onclick: () => change(null) }, icon("x")));
  }

  async #edit(open: (fields: FormFields) => void): Promise<void> {
    try {
      open(await this.#fields());
    } catch (reason) {
      toast({ bad: true, text: (reason as Error).message });
    }
  }

  #set(all: Where[]): void {
    const where = grouped(this.#mode, all);
    this.#input.value = where ? JSON.stringify(where) : "";
    if (!all.length) this.#mode = "all";
    this.#input.dispatchEvent(new Event("input", { bubbles: true }));
    this.#draw();
  }
}

customElements.define("jf-condition", Condition);
