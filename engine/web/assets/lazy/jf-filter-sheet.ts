/** <jf-filter-sheet>: on a phone, the list's search, conditions and order in a sheet that the top bar opens. */
import { el } from "../base/dom";
import { t } from "../base/language";
import { parts } from "../filter/conditions";
import { View } from "../grid/view";

class FilterSheet extends HTMLElement {
  #dialog: HTMLDialogElement | null = null;

  connectedCallback(): void {
    document.addEventListener("jf:show", (event) => {
      if ((event as CustomEvent).detail?.name === "filter") this.#open();
    });
    document.addEventListener("jf:state", () => void this.#count());
    if (matchMedia("(max-width: 640px)").matches) void this.#count();
  }

  #open(): void {
    const filter = document.querySelector<HTMLElement>("jf-filter");
    if (!filter) return;
    if (!this.#dialog) {
      this.#dialog = el("dialog", { class: "dialog filter-sheet", "aria-label": t("搜索和筛选", "Search and filter") },
        el("div", { class: "dialog-header" }, el("h2", {}, t("搜索和筛选", "Search and filter"))),
        el("div", { class: "dialog-body" }, filter),
        el("div", { class: "dialog-footer" }, el("button", { type: "button", class: "btn btn-primary btn-block", onclick: () => this.#dialog!.close() }, t("完成", "Done"))));
      this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog!.close());
      this.append(this.#dialog);
    }
    this.#dialog.showModal();
  }

  /** How many conditions stand, on the button that opens the sheet. */
  async #count(): Promise<void> {
    const url = document.querySelector("jf-filter")?.getAttribute("config-url");
    const place = document.querySelector<HTMLElement>("[data-filters]");
    if (!url || !place) return;
    const { state } = await View.at(url).catch(() => ({ state: null }));
    if (!state) return;
    const n = parts(state.where).length + (state.search ? 1 : 0);
    place.textContent = String(n);
    place.hidden = n === 0;
    if (n) place.closest("button")?.setAttribute("aria-label", t("搜索和筛选，{n} 个条件", "Search and filter, {n} conditions", { n }));
  }
}

customElements.define("jf-filter-sheet", FilterSheet);
