/** <jf-menu>: a button and the .menu or .popover that it opens; arrows walk through the items. */
import { dismiss, place } from "../base/float";

const ITEMS = "a[href], button:not([disabled]), [role^=menuitem]";
let made = 0;

class Menu extends HTMLElement {
  #stop: (() => void) | null = null;

  connectedCallback(): void {
    const { button, box } = this;
    if (!button || !box) return;
    box.id ||= `menu-${++made}`;
    const menu = box.classList.contains("menu");
    button.setAttribute("aria-haspopup", menu ? "menu" : "dialog");
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", box.id);
    if (menu) {
      box.setAttribute("role", "menu");
      box.setAttribute("aria-label", button.getAttribute("aria-label") ?? button.textContent?.trim() ?? "");
      for (const item of box.querySelectorAll(ITEMS)) if (!item.hasAttribute("role")) item.setAttribute("role", "menuitem");
      for (const form of box.querySelectorAll("form")) form.setAttribute("role", "presentation");
      for (const title of box.querySelectorAll(".menu-title")) title.setAttribute("role", "presentation");
    }
    button.addEventListener("click", () => (box.hidden ? this.open() : this.close()));
    box.addEventListener("click", (event) => {
      if (menu && (event.target as Element).closest(ITEMS)) this.close();
    });
    box.addEventListener("keydown", (event) => menu && this.#walk(event));
    button.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && box.hidden) {
        event.preventDefault();
        this.open();
      }
    });
  }

  disconnectedCallback(): void {
    this.#stop?.();
  }

  get button(): HTMLElement | null {
    return this.querySelector<HTMLElement>(":scope > button, :scope > a");
  }

  get box(): HTMLElement | null {
    return this.querySelector<HTMLElement>(":scope > .menu, :scope > .popover");
  }

  open(): void {
    const { button, box } = this;
    if (!button || !box) return;
    box.hidden = false;
    button.setAttribute("aria-expanded", "true");
    const anchor = button.getBoundingClientRect();
    place(box, anchor, anchor.left > innerWidth / 2 ? "end" : "start");
    this.#stop = dismiss(box, (node) => button.contains(node), (by) => this.close(by === "key"));
    box.querySelector<HTMLElement>(box.classList.contains("menu") ? ITEMS : "input, select, textarea, button")?.focus();
  }

  close(refocus = false): void {
    this.#stop?.();
    this.#stop = null;
    if (this.box) this.box.hidden = true;
    this.button?.setAttribute("aria-expanded", "false");
    if (refocus) this.button?.focus();
  }

  #walk(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const items = [...this.box!.querySelectorAll<HTMLElement>(ITEMS)].filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = Number.isFinite(step) ? (at + step + items.length) % items.length : step < 0 ? 0 : items.length - 1;
    items[next]?.focus();
  }
}

customElements.define("jf-menu", Menu);
