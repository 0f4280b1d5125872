/** <rule-builder>: the rules of a form as plain sentences; one of them is open at the side, each step goes into the draft. */
import Sortable from "sortablejs";
import { el, icon, typing } from "../../../engine/web/assets/base/dom";
import { post } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import { define } from "../../../engine/web/assets/lazy";
import type { Draft, Form } from "../../forms/assets/draft";
import { free } from "../../forms/assets/structure";
import { Types } from "../../forms/assets/types";
import * as display from "./display";
import * as linkage from "./linkage";
import * as options from "./options";
import type { Around, RuleDoc } from "./parts";
import * as validation from "./validation";
import { written } from "./written";

interface Editor { start(around: Omit<Around, "rule" | "change">): Partial<RuleDoc> | string; draw(around: Around): HTMLElement[] }
interface Kind { kind: string; label: string; hint: string; icon: string }
interface Said { sentence: string; detail: string; faults: { pointer: string; message: string }[] }
interface ShellElement extends HTMLElement { opened: Promise<Draft> }

const PAUSE = 300;
const EDITORS: Record<string, Editor> = { display, validation, options, linkage };

class RuleBuilder extends HTMLElement {
  #kinds: Kind[] = [];
  #draft!: Draft;
  #types!: Types;
  #open: string | null = null;
  #said: Said[] = [];
  #timer = 0;

  async connectedCallback(): Promise<void> {
    if (this.#kinds.length) return;
    this.#kinds = JSON.parse(this.dataset.kinds!) as Kind[];
    await customElements.whenDefined("design-shell");
    this.#draft = await document.querySelector<ShellElement>("design-shell")!.opened;
    this.#types = await Types.open(this.#draft.url);
    for (const button of this.querySelectorAll<HTMLButtonElement>("[data-new]")) {
      button.addEventListener("click", () => this.#add(button.dataset.new!));
      button.disabled = false; // before, a click would have gone nowhere
    }
    document.addEventListener("jf:draft", (event) => {
      const { reason } = (event as CustomEvent<{ reason: string }>).detail;
      if (reason === "changed" || reason === "merged") this.#drawList();
      if (reason === "merged") this.#drawPanel();
      this.#buttons();
    });
    this.#undoing();
    Sortable.create(this.#list, { handle: ".rule-grip", animation: 120, forceFallback: true, onEnd: ({ oldIndex, newIndex }) => {
      if (oldIndex !== undefined && newIndex !== undefined && oldIndex !== newIndex) this.#move(oldIndex, newIndex);
    } });
    const asked = new URLSearchParams(location.search).get("rule");
    this.#open = (this.#rules.find(({ key }) => key === asked) ?? this.#rules[0])?.key ?? null;
    this.#drawList();
    this.#drawPanel();
    if (asked) this.#list.querySelector(".selected")?.scrollIntoView({ block: "center" });
  }

  get #rules(): RuleDoc[] {
    return (this.#draft.document.rules as RuleDoc[] | undefined) ?? [];
  }

  get #list(): HTMLElement {
    return this.querySelector<HTMLElement>("[data-rules]")!;
  }

  #kind(name: string): Kind {
    return this.#kinds.find(({ kind }) => kind === name) ?? { kind: name, label: name, hint: "", icon: "adjustments" };
  }

  #add(kind: string): void {
    const begun = (EDITORS[kind] ?? written).start({ draft: this.#draft, types: this.#types });
    if (typeof begun === "string") return toast({ text: begun });
    const key = free(kind, new Set(this.#rules.map((rule) => rule.key)));
    this.#draft.change(t("添加规则", "Add a rule"), (form) => { form.rules = [...this.#rulesOf(form), { key, kind, ...begun }]; });
    this.#choose(key);
    this.querySelector<HTMLElement>("[data-panel] button, [data-panel] select, [data-panel] input")?.focus();
  }

  #rulesOf(form: Form): RuleDoc[] {
    return (form.rules as RuleDoc[] | undefined) ?? [];
  }

  #remove(key: string): void {
    const at = this.#rules.findIndex((rule) => rule.key === key);
    this.#draft.change(t("删除规则", "Delete a rule"), (form) => { form.rules = this.#rulesOf(form).filter((rule) => rule.key !== key); });
    if (this.#open === key) this.#choose(this.#rules[Math.min(at, this.#rules.length - 1)]?.key ?? null);
    toast({ text: t("已删除规则", "Rule deleted"), undo: () => { this.#draft.undo(); this.#choose(key); } });
  }

  #move(from: number, to: number): void {
    if (to < 0 || to >= this.#rules.length) return;
    this.#draft.change(t("移动规则", "Move a rule"), (form) => {
      const rules = [...this.#rulesOf(form)];
      rules.splice(to, 0, ...rules.splice(from, 1));
      form.rules = rules;
    });
    this.#drawList();
    this.querySelector("[data-announce]")!.textContent = t("现在是第 {n} 条", "Now number {n}", { n: to + 1 });
  }

  #choose(key: string | null): void {
    this.#open = key;
    this.#drawList();
    this.#drawPanel();
  }

  #drawList(): void {
    const rules = this.#rules;
    const focused = (document.activeElement as HTMLElement | null)?.dataset.focus;
    this.#list.replaceChildren(...rules.map((rule, at) => this.#item(rule, at)));
    if (!rules.length) this.#list.append(el("li", { class: "second rule-none" }, t("还没有规则。规则在填写时随时起作用，在列表、导入和接口中同样有效。", "No rules yet. They hold while a form is filled in, and alike in lists, imports and the API.")));
    if (focused) this.#list.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), PAUSE);
  }

  #item(rule: RuleDoc, at: number): HTMLElement {
    const kind = this.#kind(rule.kind);
    const said = this.#said[at];
    const open = rule.key === this.#open;
    const button = (name: string, label: string, act: () => void, disabled = false): HTMLElement => el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": label, title: label, "data-focus": `${rule.key}-${name}`, disabled, onclick: act }, icon(name));
    return el("li", { class: `rule-item${open ? " selected" : ""}`, "data-rule": rule.key },
      el("span", { class: "rule-grip", "aria-hidden": "true" }, icon("grip-vertical")),
      el("button", { type: "button", class: "rule-said", "aria-pressed": String(open), "data-focus": rule.key, onclick: () => this.#choose(rule.key) },
        el("span", { class: "rule-name" }, icon(kind.icon), kind.label),
        el("span", { "data-sentence": "" }, said?.sentence || t("还没写完", "Not complete yet")),
        said?.detail ? el("span", { class: "second rule-detail" }, said.detail) : null,
        said?.faults.length ? el("span", { class: "danger" }, said.faults[0].message) : null),
      el("span", { class: "rule-tools" },
        button("arrow-up", t("上移", "Move up"), () => this.#move(at, at - 1), at === 0),
        button("arrow-down", t("下移", "Move down"), () => this.#move(at, at + 1), at === this.#rules.length - 1),
        button("trash", t("删除规则", "Delete the rule"), () => this.#remove(rule.key))));
  }

  #drawPanel(): void {
    const panel = this.querySelector<HTMLElement>("[data-panel]")!;
    const rule = this.#rules.find(({ key }) => key === this.#open);
    if (!rule) {
      panel.replaceChildren(el("div", { class: "state" }, icon("git-branch"), el("h2", {}, t("选一条规则，或添加一条", "Choose a rule, or add one"))));
      return;
    }
    const focused = panel.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : null;
    const kind = this.#kind(rule.kind);
    panel.replaceChildren(
      el("h2", { class: "rule-title" }, icon(kind.icon), kind.label),
      el("p", { class: "second" }, kind.hint),
      ...(EDITORS[rule.kind] ?? written).draw({ draft: this.#draft, types: this.#types, rule, change: (edit, again) => this.#change(rule.key, edit, again) }));
    define(panel);
    this.#drawFaults();
    if (focused) panel.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  #change(key: string, edit: (rule: RuleDoc) => void, again = false): void {
    this.#draft.change(t("修改规则", "Change a rule"), (form) => {
      const rule = this.#rulesOf(form).find((one) => one.key === key);
      if (rule) edit(rule);
    }, `rule ${key}`);
    if (again) this.#drawPanel();
  }

  /** The rules in words, with what is wrong with them, as they stand now. */
  async #ask(): Promise<void> {
    const rules = this.#rules;
    if (!rules.length) return;
    const { rules: said } = await post<{ rules: Said[] }>(`${this.#draft.url}/rules/sentences`, { rules }).catch(() => ({ rules: this.#said }));
    if (rules !== this.#rules || JSON.stringify(said) === JSON.stringify(this.#said)) return;
    this.#said = said;
    for (const [at, item] of [...this.#list.querySelectorAll("[data-rule]")].entries()) {
      const fresh = this.#item(rules[at], at);
      item.querySelector(".rule-said")!.replaceChildren(...fresh.querySelector(".rule-said")!.childNodes);
    }
    this.#drawFaults();
  }

  /** Each fault below the part that it is about, else at the top. */
  #drawFaults(): void {
    const panel = this.querySelector<HTMLElement>("[data-panel]")!;
    for (const old of panel.querySelectorAll("[data-fault]")) old.remove();
    const at = this.#rules.findIndex(({ key }) => key === this.#open);
    for (const { pointer, message } of this.#said[at]?.faults ?? []) {
      const places = [...panel.querySelectorAll<HTMLElement>("[data-place]")].filter(({ dataset }) => pointer === dataset.place || pointer.startsWith(`${dataset.place}/`));
      const place = places.sort((one, other) => other.dataset.place!.length - one.dataset.place!.length)[0] ?? panel.querySelector<HTMLElement>(".rule-title");
      const said = el("p", { class: "field-error", role: "alert", "data-fault": pointer }, message);
      if (place?.matches("[data-place]")) place.append(said);
      else place?.after(said);
    }
  }

  #undoing(): void {
    const step = (back: boolean): void => {
      const done = back ? this.#draft.undo() : this.#draft.redo();
      if (!done) return;
      if (!this.#rules.some(({ key }) => key === this.#open)) this.#open = this.#rules[0]?.key ?? null;
      this.#drawList();
      this.#drawPanel();
    };
    document.querySelector("[data-undo]")?.addEventListener("click", () => step(true));
    document.querySelector("[data-redo]")?.addEventListener("click", () => step(false));
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || typing(event.target)) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      step(key === "z" && !event.shiftKey);
    });
    this.#buttons();
  }

  #buttons(): void {
    for (const [name, can] of [["undo", this.#draft.canUndo], ["redo", this.#draft.canRedo]] as const) {
      const button = document.querySelector<HTMLButtonElement>(`[data-${name}]`);
      if (button) button.disabled = !can;
    }
  }
}

customElements.define("rule-builder", RuleBuilder);
