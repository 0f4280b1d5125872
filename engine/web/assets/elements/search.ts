/** <jf-search url>: the palette of Ctrl K over everything one may see. GET url?q= → {groups: [{label, items: [{title, hint, url, icon}]}]}. */
import { el, icon } from "../base/dom";
import { Refused, get } from "../base/http";
import { t } from "../base/language";

interface Hit { title: string; hint?: string; url: string; icon?: string }
interface Found { groups: { label: string; items: Hit[] }[] }

const PAUSE = 150;

class Search extends HTMLElement {
  #waiting = 0;
  #asking: AbortController | null = null;

  connectedCallback(): void {
    document.addEventListener("jf:show", (event) => {
      if ((event as CustomEvent).detail?.name === "search") this.open();
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        this.open();
      }
    });
  }

  open(): void {
    if (this.querySelector("dialog[open]")) return;
    const input = el("input", { class: "search-input", type: "search", autocomplete: "off", role: "combobox", "aria-expanded": "true",
      "aria-controls": "search-results", "aria-label": t("搜索", "Search"), placeholder: t("搜索全部记录…", "Search everything…") });
    const list = el("div", { class: "search-results", id: "search-results", role: "listbox", "aria-label": t("结果", "Results") });
    const dialog = el("dialog", { class: "dialog search-dialog", "aria-label": t("搜索", "Search") },
      el("div", { class: "search-head" }, icon("search"), input, el("kbd", {}, "Esc")), list);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    input.addEventListener("input", (event) => !(event as InputEvent).isComposing && this.#later(input, list));
    input.addEventListener("compositionend", () => this.#later(input, list));
    input.addEventListener("keydown", (event) => this.#walk(event, list, input));
    this.append(dialog);
    dialog.showModal();
    this.#hint(list);
  }

  #later(input: HTMLInputElement, list: HTMLElement): void {
    clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => this.#ask(input.value.trim(), list), PAUSE);
  }

  async #ask(text: string, list: HTMLElement): Promise<void> {
    this.#asking?.abort();
    if (!text) return this.#hint(list);
    const asking = (this.#asking = new AbortController());
    try {
      const url = new URL(this.getAttribute("url")!, location.href);
      url.searchParams.set("q", text);
      const found = await get<Found>(url.href, asking.signal);
      list.replaceChildren(...this.#groups(found, text));
      this.#mark(list, 0);
    } catch (reason) {
      if (reason instanceof Refused) list.replaceChildren(el("p", { class: "search-empty", role: "alert" }, reason.message));
    }
  }

  #groups(found: Found, text: string): HTMLElement[] {
    const groups = found.groups.filter((group) => group.items.length);
    if (!groups.length) return [el("p", { class: "search-empty" }, t("没有找到“{text}”", "Nothing found for “{text}”", { text }))];
    return groups.map((group) => el("div", { role: "group", "aria-label": group.label }, el("div", { class: "menu-title", "aria-hidden": "true" }, group.label),
      ...group.items.map((hit) => el("a", { class: "search-hit", role: "option", "aria-selected": "false", href: hit.url, tabindex: -1 },
        icon(hit.icon ?? "file-text"), el("span", { class: "truncate" }, hit.title), hit.hint && el("span", { class: "truncate second" }, hit.hint)))));
  }

  #hint(list: HTMLElement): void {
    list.replaceChildren(el("p", { class: "search-empty" }, t("按名称、编号或内容里的字搜索", "Search by name, number or any word")));
  }

  #walk(event: KeyboardEvent, list: HTMLElement, input: HTMLInputElement): void {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.preventDefault();
      return input.closest("dialog")!.close();
    }
    const hits = [...list.querySelectorAll<HTMLAnchorElement>(".search-hit")];
    const at = hits.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#mark(list, (at + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % Math.max(hits.length, 1));
    } else if (event.key === "Enter" && hits[at]) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(hits[at].href);
      else hits[at].click();
    }
    input.setAttribute("aria-activedescendant", list.querySelector('[aria-selected="true"]')?.id ?? "");
  }

  #mark(list: HTMLElement, at: number): void {
    list.querySelectorAll<HTMLElement>(".search-hit").forEach((hit, index) => {
      hit.id = `search-hit-${index}`;
      hit.setAttribute("aria-selected", String(index === at));
      if (index === at) hit.scrollIntoView({ block: "nearest" });
    });
  }
}

customElements.define("jf-search", Search);
