/** <jf-frame>: folds the navigation, rolls tabs and opens what a [data-open=name] button names, if need be when its element has come. */
import { keep } from "../base/preferences";

/** More tabs than there is room for are reached by the wheel. */
function roll(event: WheelEvent): void {
  const tabs = (event.target as Element).closest(".tabs");
  if (!tabs || event.deltaX || event.ctrlKey || tabs.scrollWidth <= tabs.clientWidth) return;
  const before = tabs.scrollLeft;
  tabs.scrollLeft += event.deltaY;
  if (tabs.scrollLeft !== before) event.preventDefault();
}

class Frame extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      if ((event.target as Element).closest("[data-fold]")) this.#fold();
    });
    this.querySelector(".page-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.addEventListener("wheel", roll, { passive: false });
  }

  #fold(): void {
    keep("navigation", this.classList.toggle("folded") ? "folded" : "open");
    this.dispatchEvent(new Event("resize", { bubbles: true }));
  }
}

document.addEventListener("click", (event) => {
  const opener = (event.target as Element).closest?.<HTMLElement>("[data-open]");
  if (!opener) return;
  const show = (): unknown => document.dispatchEvent(new CustomEvent("jf:show", { detail: { name: opener.dataset.open, opener } }));
  const coming = document.querySelector(`[data-opens="${opener.dataset.open}"]:not(:defined)`);
  if (coming) void customElements.whenDefined(coming.localName).then(show);
  else show();
});

customElements.define("jf-frame", Frame);
