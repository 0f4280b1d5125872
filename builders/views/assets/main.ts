/** <view-builder>: the views of a form, each arranged in the real list, which is its preview. */
import Sortable from "sortablejs";
import { el, icon, typing } from "../../../engine/web/assets/base/dom";
import { csrf } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import type { State } from "../../../engine/web/assets/grid/contract";
import { View } from "../../../engine/web/assets/grid/view";
import { same } from "../../forms/assets/delta";
import type { Draft } from "../../forms/assets/draft";
import { labelText } from "../../forms/assets/labels";
import { ICONS, freeKey, stateOf, write } from "./documents";
import type { Kind, ViewDoc } from "./documents";
import { become, drawProperties } from "./properties";
import type { Facts } from "./properties";

const PARTS: (keyof State)[] = ["where", "sort", "columns", "groups", "colors", "height", "summary"];
const PAUSE = 300;

interface ShellElement extends HTMLElement { opened: Promise<Draft> }

class ViewBuilder extends HTMLElement {
  #facts!: Facts;
  #draft!: Draft;
  #state: View | null = null;
  #key = "";
  #taking = false;
  #letGo = (): void => undefined;
  #timer = 0;

  async connectedCallback(): Promise<void> {
    if (this.#facts) return;
    this.#facts = JSON.parse(this.dataset.facts!) as Facts;
    const configUrl = this.querySelector("jf-grid")?.getAttribute("config-url");
    await customElements.whenDefined("design-shell");
    [this.#draft, this.#state] = await Promise.all([document.querySelector<ShellElement>("design-shell")!.opened, configUrl ? View.at(configUrl) : null]);
    for (const part of PARTS) this.#state?.addEventListener(part, () => this.#arranged(part));
    this.#key = this.#views.find(({ key }) => key === this.#facts.asked)?.key ?? this.#views[0].key;
    for (const button of this.querySelectorAll<HTMLElement>("[data-new]")) button.addEventListener("click", () => this.#create(button.dataset.new as Kind));
    this.#undoing();
    this.#sorting();
    document.addEventListener("jf:draft", (event) => {
      const { reason } = (event as CustomEvent<{ reason: string }>).detail;
      if (reason === "changed" || reason === "merged") this.#drawList();
      if (reason === "merged") this.#choose(this.#key);
    });
    this.#choose(this.#key);
    this.inert = false;
  }

  get #views(): ViewDoc[] {
    const views = this.#draft.document.views as ViewDoc[] | undefined;
    return views?.length ? views : [this.#facts.implicit];
  }

  get #view(): ViewDoc {
    return this.#views.find(({ key }) => key === this.#key) ?? this.#views[0];
  }

  /** One step in the draft; a form that had no views of its own has them from now on. */
  #edit(label: string, edit: (views: ViewDoc[]) => void, group?: string): void {
    this.#draft.change(label, (form) => {
      const views = form.views as ViewDoc[] | undefined;
      if (!views?.length) form.views = [structuredClone(this.#facts.implicit)];
      edit(form.views as ViewDoc[]);
    }, group);
  }

  #change(label: string, edit: (view: ViewDoc) => void, group?: string): void {
    const { kind } = this.#view;
    this.#edit(label, (views) => edit(views.find(({ key }) => key === this.#key)!), group);
    this.#take();
    if (this.#view.kind !== kind || label === t("日历", "Calendar")) this.#drawProperties();
    if (this.#view.kind !== "grid") this.#previewSoon();
  }

  /** Something was dragged, filtered or hidden in the preview or by its own editors: it goes into the draft. */
  #arranged(part: keyof State): void {
    if (this.#taking) return;
    const { state } = this.#state!;
    const labels: Partial<Record<keyof State, string>> = { where: t("筛选", "Filter"), sort: t("排序", "Sort"), columns: t("列", "Columns"), groups: t("分组", "Group"), colors: t("颜色规则", "Colour rules"), height: t("行高", "Row height"), summary: t("汇总", "Summary") };
    this.#edit(labels[part]!, (views) => write(views.find(({ key }) => key === this.#key)!, part, state), part);
    if (part === "columns" || part === "sort" || part === "groups") this.#drawUnlessIn();
    if (this.#view.kind !== "grid") this.#previewSoon();
  }

  /** The draft's view as the preview's state. */
  #take(): void {
    if (!this.#state) return;
    this.#taking = true;
    this.#state.set(stateOf(this.#view, (this.#facts.implicit.columns ?? []) as string[]));
    this.#taking = false;
  }

  #choose(key: string): void {
    this.#key = this.#views.some((view) => view.key === key) ? key : this.#views[0].key;
    const address = new URL(location.href);
    address.searchParams.set("view", this.#key);
    history.replaceState(history.state, "", address);
    this.#take();
    this.#drawList();
    this.#drawProperties();
    this.#showKind();
  }

  #showKind(): void {
    const grid = this.#view.kind === "grid";
    this.dataset.kind = this.#view.kind;
    const sheet = this.querySelector<HTMLElement>("[data-sheet]");
    const other = this.querySelector<HTMLElement>("[data-other]");
    if (!sheet || !other) return;
    sheet.hidden = !grid;
    other.hidden = grid;
    if (grid) window.dispatchEvent(new Event("resize"));
    else void this.#preview();
  }

  #previewSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#showKind(), PAUSE);
  }

  async #preview(): Promise<void> {
    const other = this.querySelector<HTMLElement>("[data-other]")!;
    const view = this.#view;
    try {
      const answer = await fetch(`${this.#draft.url}/views/preview`, { method: "POST", headers: { "Content-Type": "application/json", Accept: "text/html", "X-CSRF-Token": csrf() }, body: JSON.stringify({ view }), credentials: "same-origin" });
      const html = await answer.text();
      if (!same(view, this.#view)) return; // it was changed meanwhile, and asked for anew
      if (!answer.ok) throw new Error();
      other.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    } catch {
      if (same(view, this.#view)) other.replaceChildren(el("div", { class: "state error" }, icon("alert-circle"), el("p", {}, t("预览没有加载出来", "The preview could not be loaded"))));
    }
  }

  #drawList(): void {
    const box = this.querySelector<HTMLElement>("[data-views]")!;
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-view]")?.dataset.view;
    box.replaceChildren(...this.#views.map((view) => {
      const name = labelText(view.name) || view.key;
      const one = el("div", { class: "view-item", role: "option", tabindex: view.key === this.#key ? 0 : -1, "data-view": view.key, "aria-selected": String(view.key === this.#key), "aria-label": name },
        icon(ICONS[view.kind]), el("span", { class: "grow truncate" }, name), view.roles ? icon("lock", "small") : "");
      one.addEventListener("click", () => this.#choose(view.key));
      one.addEventListener("keydown", (event) => this.#listKey(event, view.key));
      return one;
    }));
    if (focused) box.querySelector<HTMLElement>(`[data-view="${focused}"]`)?.focus();
  }

  #listKey(event: KeyboardEvent, key: string): void {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = this.#views.findIndex((view) => view.key === key);
    const next = at + by;
    if (next < 0 || next >= this.#views.length) return;
    if (event.altKey) {
      this.#move(at, next);
      this.querySelector<HTMLElement>("[data-announce]")!.textContent = t("已移到第 {n} 位", "Moved to place {n}", { n: next + 1 });
    } else this.#choose(this.#views[next].key);
    this.querySelector<HTMLElement>(`[data-view="${event.altKey ? key : this.#key}"]`)?.focus();
  }

  #move(from: number, to: number): void {
    this.#edit(t("视图顺序", "Order of views"), (views) => views.splice(to, 0, ...views.splice(from, 1)));
  }

  #sorting(): void {
    Sortable.create(this.querySelector<HTMLElement>("[data-views]")!, { animation: 120, forceFallback: true, delay: 150, delayOnTouchOnly: true, onEnd: ({ oldIndex, newIndex }) => {
      if (oldIndex !== undefined && newIndex !== undefined && oldIndex !== newIndex) this.#move(oldIndex, newIndex);
      else this.#drawList();
    } });
  }

  #create(kind: Kind): void {
    const label = { grid: t("新表格", "New table"), kanban: t("新看板", "New kanban"), calendar: t("新日历", "New calendar") }[kind];
    const view: ViewDoc = { key: freeKey(kind, this.#views.map(({ key }) => key)), kind: "grid", name: { [document.documentElement.lang || "zh-CN"]: label } };
    become(view, kind, this.#facts);
    if (kind === "kanban" && !view.group_by) return toast(t("看板要有一个下拉或成员字段", "A kanban needs a choice or a person"));
    if (kind === "calendar" && !view.date) return toast(t("日历要有一个日期字段", "A calendar needs a date"));
    this.#edit(t("新建视图", "New view"), (views) => views.push(view));
    this.#choose(view.key);
    this.querySelector<HTMLInputElement>("[data-properties] input")?.select();
  }

  #remove(): void {
    const { key, name } = this.#view;
    this.#edit(t("删除视图", "Delete view"), (views) => views.splice(views.findIndex((view) => view.key === key), 1));
    this.#choose(this.#views[0].key);
    toast({ text: t("已删除视图“{name}”，发布后生效", "The view “{name}” is deleted; it goes when you publish", { name: labelText(name) || key }), undo: () => this.#undo() });
  }

  /** Not while somebody is in the very list that would be drawn anew. */
  #drawUnlessIn(): void {
    if (!this.querySelector("[data-properties]")!.contains(document.activeElement)) this.#drawProperties();
  }

  #drawProperties(): void {
    this.#letGo();
    this.#letGo = drawProperties(this.querySelector<HTMLElement>("[data-properties]")!, this.#view, {
      facts: this.#facts, state: this.#state, languages: this.#draft.languages, last: this.#views.length < 2,
      change: (label, edit, group) => this.#change(label, edit, group), remove: () => this.#remove(),
    });
  }

  #undoing(): void {
    const [undo, redo] = ["[data-undo]", "[data-redo]"].map((one) => document.querySelector<HTMLButtonElement>(one)!);
    undo.addEventListener("click", () => this.#undo());
    redo.addEventListener("click", () => this.#undo(true));
    const show = (): void => {
      undo.disabled = !this.#draft.canUndo;
      redo.disabled = !this.#draft.canRedo;
    };
    document.addEventListener("jf:draft", show);
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || typing(event.target)) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      this.#undo(key === "y" || event.shiftKey);
    });
    show();
  }

  #undo(again = false): void {
    if (again ? this.#draft.redo() : this.#draft.undo()) this.#choose(this.#key);
  }
}

customElements.define("view-builder", ViewBuilder);
