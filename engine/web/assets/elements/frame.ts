/** <jf-frame>: folds the navigation and opens what a [data-open=name] button names. */
import { keep } from "../base/preferences";

class Frame extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      if ((event.target as Element).closest("[data-fold]")) this.#fold();
    });
  }

  #fold(): void {
    keep("navigation", this.classList.toggle("folded") ? "folded" : "open");
    this.dispatchEvent(new Event("resize", { bubbles: true }));
  }
}

document.addEventListener("click", (event) => {
  const opener = (event.target as Element).closest?.<HTMLElement>("[data-open]");
  if (opener) document.dispatchEvent(new CustomEvent("jf:show", { detail: { name: opener.dataset.open, opener } }));
});

customElements.define("jf-frame", Frame);
