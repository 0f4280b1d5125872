/** <jf-tabs role="tablist">: marks the chosen tab; arrows go from one to the next. What a tab shows, htmx fetches; meanwhile there is a skeleton, and where it fails, a way to try again. An empty panel is filled at once. */
import { el } from "../base/dom";
import { t } from "../base/language";
import { failure, saidIn } from "../base/part";

class Tabs extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const tab = (event.target as Element).closest<HTMLElement>('[role="tab"]');
      if (tab) this.#choose(tab);
    });
    this.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const tabs = [...this.querySelectorAll<HTMLElement>('[role="tab"]')];
      const at = tabs.indexOf(document.activeElement as HTMLElement);
      if (!step || at < 0) return;
      event.preventDefault();
      const next = tabs[(at + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
    this.addEventListener("htmx:before:request", (event) => this.#panel(event.target as HTMLElement)?.replaceChildren(
      el("div", { class: "skeletons", "aria-hidden": "true" }, el("span", { class: "skeleton title" }), el("span", { class: "skeleton" }), el("span", { class: "skeleton" }))));
    /* Of two answers on their way only the chosen tab's is shown, whichever comes last. */
    this.addEventListener("htmx:before:swap", (event) => {
      if (!this.#chosen(event.target as HTMLElement)) event.preventDefault();
    });
    for (const failure of ["htmx:response:error", "htmx:error"]) this.addEventListener(failure, (event) => this.#failed(event.target as HTMLElement, (event as CustomEvent).detail?.ctx?.text));
    const chosen = this.querySelector<HTMLElement>('[aria-selected="true"]') ?? this.querySelector<HTMLElement>('[role="tab"]');
    if (!chosen) return;
    this.#choose(chosen);
    if (this.#panel(chosen)?.childElementCount === 0) chosen.click();
  }

  #panel(tab: HTMLElement): HTMLElement | null {
    return document.getElementById(tab.getAttribute("aria-controls") ?? "");
  }

  #chosen(tab: HTMLElement): boolean {
    return tab.getAttribute("aria-selected") === "true";
  }

  #failed(tab: HTMLElement, answer = ""): void {
    if (!this.#chosen(tab)) return;
    const said = failure(t("没有加载出来", "It could not be loaded"), new Error(saidIn(answer)), () => tab.click());
    /* What htmx still swaps in for a refusal comes first. */
    setTimeout(() => this.#panel(tab)?.replaceChildren(said));
  }

  #choose(tab: HTMLElement): void {
    for (const one of this.querySelectorAll('[role="tab"]')) {
      one.setAttribute("aria-selected", String(one === tab));
      one.setAttribute("tabindex", one === tab ? "0" : "-1");
    }
    const panel = this.#panel(tab);
    if (panel && tab.id) panel.setAttribute("aria-labelledby", tab.id);
  }
}

customElements.define("jf-tabs", Tabs);
