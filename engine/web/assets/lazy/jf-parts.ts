/** <jf-parts>: the tabs of a form or record; what the tabs name is in the page already. A fault that comes later opens its tab's mark. */
class Parts extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const tab = (event.target as Element).closest<HTMLElement>('[role="tab"]');
      if (tab && this.#own(tab)) this.open(tab);
    });
    this.addEventListener("keydown", (event) => {
      const tabs = this.tabs;
      const at = tabs.indexOf(document.activeElement as HTMLElement);
      if (at < 0) return;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      this.open(next);
      next.focus();
    });
    /* The browser's own check stops at an input it cannot show. */
    this.addEventListener("invalid", (event) => this.reveal(event.target as HTMLElement), true);
    this.addEventListener("jf:reveal", (event) => this.reveal(event.target as HTMLElement));
  }

  get tabs(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role="tab"]')].filter((tab) => this.#own(tab));
  }

  /** Show the panel of a tab, and hide the others. */
  open(tab: HTMLElement): void {
    for (const one of this.tabs) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(one.getAttribute("aria-controls")!);
      if (panel) panel.hidden = !chosen;
    }
  }

  /** Open the tab that holds something. */
  reveal(what: HTMLElement): void {
    const panel = what.closest('[role="tabpanel"]');
    const tab = this.tabs.find((one) => one.getAttribute("aria-controls") === panel?.id);
    if (tab) this.open(tab);
  }

  #own(tab: HTMLElement): boolean {
    return tab.closest("jf-parts") === this;
  }
}

customElements.define("jf-parts", Parts);
