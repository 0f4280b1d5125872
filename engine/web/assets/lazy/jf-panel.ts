/** <jf-panel hidden>: the record beside its list. Listens to jf:open of the grid; J and K go through the list. */
import htmx from "htmx.org";
import { el, icon } from "../base/dom";
import { count, t } from "../base/language";
import { keepWalk } from "../base/walk";
import type { Around } from "../base/walk";
import { define } from "../lazy";
import type { Urls } from "../grid/contract";

interface Opened { id: number; index: number; total: number }
/** A grid, kanban or calendar whose records the panel shows one after the other. */
export interface List extends HTMLElement {
  urls: Pick<Urls, "panel" | "record">;
  total: number;
  step(index: number, by: number): Promise<{ id: number; index: number } | null>;
  ordinal(index: number): number;
  around(index: number): Around;
  focus(): void;
}

class Panel extends HTMLElement {
  #opened: Opened | null = null;
  #asking: AbortController | null = null;
  #content = el("div", { class: "panel-inside" });
  #place = el("span", { class: "grow" });
  #wide = el("a", { class: "btn btn-quiet btn-icon", "aria-label": t("打开整页", "Open the full page"), title: t("打开整页", "Open the full page") }, icon("arrows-diagonal"));

  connectedCallback(): void {
    this.classList.add("panel");
    this.tabIndex = -1;
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", t("记录详情", "Record details"));
    const step = (by: number, key: string, label: string, picture: string): HTMLElement =>
      el("button", { type: "button", class: "btn btn-quiet btn-small panel-step", "data-key": key.toLowerCase(), "aria-label": label, title: label, onclick: () => void this.#go(by) }, icon(picture), el("kbd", {}, key));
    this.replaceChildren(
      el("div", { class: "panel-head" }, this.#place, step(-1, "K", t("上一条", "Previous"), "chevron-up"), step(1, "J", t("下一条", "Next"), "chevron-down"),
        this.#wide, el("button", { type: "button", class: "btn btn-quiet btn-icon", "aria-label": t("关闭", "Close"), onclick: () => this.close() }, icon("x"))),
      this.#content);
    document.addEventListener("jf:open", (event) => void this.open((event as CustomEvent<Opened>).detail));
    document.addEventListener("jf:counted", (event) => {
      if (this.#opened) {
        this.#opened.total = (event as CustomEvent<{ total: number }>).detail.total;
        this.#keep();
      }
      this.#say();
    });
    document.addEventListener("jf:panel-refresh", () => this.#opened && void this.#load());
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented) this.close();
    });
  }

  get #list(): List | null {
    return document.querySelector<List>("jf-grid, jf-kanban, jf-calendar");
  }

  async open(opened: Opened): Promise<void> {
    this.#opened = opened;
    this.hidden = false;
    await this.#load();
    if (!this.contains(document.activeElement)) this.focus({ preventScroll: true });
  }

  close(): void {
    this.hidden = true;
    this.#opened = null;
    this.#content.replaceChildren();
    this.#list?.focus();
  }

  async #go(by: number): Promise<void> {
    const next = this.#opened && (await this.#list?.step(this.#opened.index, by));
    if (next) await this.open({ ...next, total: this.#list!.total });
  }

  #say(): void {
    if (this.#opened) this.#place.textContent = `${count((this.#list?.ordinal(this.#opened.index) ?? 0) + 1)} / ${count(this.#opened.total)}`;
  }

  /** The list around the record, for the page that shows it in full. */
  #keep(): void {
    const record = this.#list?.urls.record;
    if (record && this.#opened) keepWalk(record.replace("/{id}", ""), { ...this.#list!.around(this.#opened.index), from: location.pathname + location.search });
  }

  async #load(): Promise<void> {
    const { id } = this.#opened!;
    const { panel, record } = this.#list!.urls;
    this.#say();
    this.#wide.hidden = !record;
    if (record) {
      this.#wide.setAttribute("href", record.replace("{id}", String(id)));
      this.#keep();
    }
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const waiting = setTimeout(() => this.#content.replaceChildren(skeleton()), 150);
    try {
      const answer = await fetch(panel!.replace("{id}", String(id)), { headers: { Accept: "text/html", "HX-Request": "true" }, signal: asking.signal });
      const html = await answer.text();
      clearTimeout(waiting);
      if (!answer.ok) return this.#failed(answer.status === 404 ? t("这条记录已不在，或者您没有权限", "This record is gone, or you may not see it") : t("没有加载出来", "It could not be loaded"));
      const parsed = new DOMParser().parseFromString(html, "text/html");
      this.#content.replaceChildren(...parsed.body.childNodes);
      htmx.process(this.#content);
      define(this.#content);
    } catch {
      clearTimeout(waiting);
      if (!asking.signal.aborted) this.#failed(t("连不上服务器，请检查网络后重试", "The server cannot be reached; check your connection and try again"));
    }
  }

  #failed(text: string): void {
    const again = el("button", { type: "button", class: "btn", onclick: () => void this.#load() }, icon("refresh"), t("重试", "Try again"));
    this.#content.replaceChildren(el("div", { class: "state error", role: "alert" }, icon("alert-circle"), el("p", {}, text), again));
  }
}

function skeleton(): HTMLElement {
  return el("div", { class: "panel-body skeletons", "aria-hidden": "true" }, el("span", { class: "skeleton title" }), ...Array.from({ length: 6 }, () => el("span", { class: "skeleton" })));
}

customElements.define("jf-panel", Panel);
