/** <jf-drop><form>: a file dropped or chosen is sent at once. */
class Drop extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form")!;
    const input = this.querySelector<HTMLInputElement>('input[type="file"]')!;
    input.addEventListener("change", () => input.files?.length && this.#send(form));
    if (input.files?.length) this.#send(form); // chosen before this script had come
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.classList.add("dropping");
    });
    this.addEventListener("dragleave", () => this.classList.remove("dropping"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.classList.remove("dropping");
      if (!event.dataTransfer?.files.length) return;
      input.files = event.dataTransfer.files;
      this.#send(form);
    });
  }

  #send(form: HTMLFormElement): void {
    this.setAttribute("aria-busy", "true");
    form.requestSubmit();
  }
}

customElements.define("jf-drop", Drop);
