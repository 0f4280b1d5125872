/** <jf-tabs role="tablist">: marks the chosen tab; arrows go from one to the next. What a tab shows, htmx fetches. */
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
    const chosen = this.querySelector<HTMLElement>('[aria-selected="true"]') ?? this.querySelector<HTMLElement>('[role="tab"]');
    if (chosen) this.#choose(chosen);
  }

  #choose(tab: HTMLElement): void {
    for (const one of this.querySelectorAll('[role="tab"]')) {
      one.setAttribute("aria-selected", String(one === tab));
      one.setAttribute("tabindex", one === tab ? "0" : "-1");
    }
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    if (panel && tab.id) panel.setAttribute("aria-labelledby", tab.id);
  }
}

customElements.define("jf-tabs", Tabs);
