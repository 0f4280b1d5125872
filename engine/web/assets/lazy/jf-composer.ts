/** <jf-composer>: writes a comment or, on the tab beside it, a record of the form named as quick entry. */
class Composer extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const tab = (event.target as Element).closest<HTMLElement>('[role="tab"]');
      if (tab) this.#choose(tab);
    });
    this.addEventListener("keydown", (event) => {
      const tab = (event.target as Element).closest<HTMLElement>('[role="tab"]');
      if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const tabs = this.#tabs;
      const next = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
      this.#choose(next);
      next.focus();
    });
    this.addEventListener("htmx:after:request", (event) => {
      const { ctx } = (event as CustomEvent).detail as { ctx: { response?: { status?: number } } };
      const form = event.target as HTMLFormElement;
      if (form.id !== "comment-form" || (ctx.response?.status ?? 500) >= 400) return;
      form.reset();
      form.querySelector("textarea")?.dispatchEvent(new Event("input", { bubbles: true }));
      this.querySelector("#comment-fault")?.replaceChildren();
    });
  }

  get #tabs(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role="tab"]')];
  }

  #choose(chosen: HTMLElement): void {
    for (const tab of this.#tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      const part = document.getElementById(tab.getAttribute("aria-controls")!);
      if (!part) continue;
      part.hidden = !on;
      if (on) begin(part);
    }
  }
}

/** The long text is what one came to write; the short inputs around it have their defaults. */
function begin(part: HTMLElement): void {
  const inputs = [...part.querySelectorAll<HTMLElement>("textarea, input:not([type=hidden])")].filter((one) => one.offsetParent);
  (inputs.find((one) => one.matches("textarea")) ?? inputs[0])?.focus({ preventScroll: true });
}

customElements.define("jf-composer", Composer);
