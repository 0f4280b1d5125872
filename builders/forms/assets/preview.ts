/** <form-preview>: the form at the width of a desk or of a phone; nothing that is typed here is kept. */
class Preview extends HTMLElement {
  connectedCallback(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-size][aria-pressed]")) {
      button.disabled = false; // before, a click would have gone nowhere
      button.addEventListener("click", () => {
        this.dataset.size = button.dataset.size!;
        for (const one of document.querySelectorAll("[data-size][aria-pressed]")) one.setAttribute("aria-pressed", String(one === button));
      });
    }
    this.addEventListener("submit", (event) => event.preventDefault());
  }
}

customElements.define("form-preview", Preview);
