/** <form-preview>: the form as on a desk, or as on a phone in a frame of its own; nothing that is typed here is kept. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";

class Preview extends HTMLElement {
  connectedCallback(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-size][aria-pressed]")) {
      button.disabled = false; // before, a click would have gone nowhere
      button.addEventListener("click", () => {
        this.dataset.size = button.dataset.size!;
        if (this.dataset.size === "phone") this.#phone();
        for (const one of document.querySelectorAll("[data-size][aria-pressed]")) one.setAttribute("aria-pressed", String(one === button));
      });
    }
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      toast(t("这是预览，填写的内容不会保存", "This is a preview; what you enter is not kept"));
    });
  }

  /** The frame has a phone's width, so that all that goes by the width of the page goes by it. */
  #phone(): void {
    const place = this.querySelector<HTMLElement>(".preview-phone")!;
    if (!place.firstChild) place.append(el("iframe", { src: place.dataset.url!, title: place.dataset.title! }));
  }
}

customElements.define("form-preview", Preview);
