/** <jf-copy><input readonly><button>: the button copies what the input (or textarea) holds. */
import { t } from "../base/language";

class Copy extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector("button");
    const source = this.querySelector<HTMLInputElement | HTMLTextAreaElement>("input, textarea");
    if (!button || !source) return;
    source.addEventListener("focus", () => source.select());
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.value);
      } catch {
        // Without https there is no clipboard; the old way still works.
        source.select();
        document.execCommand("copy");
      }
      const before = button.lastChild;
      const said = document.createTextNode(t("已复制", "Copied"));
      if (before?.nodeType === Node.TEXT_NODE) before.replaceWith(said);
      setTimeout(() => { if (before?.nodeType === Node.TEXT_NODE) said.replaceWith(before); }, 2_000);
    });
  }
}

customElements.define("jf-copy", Copy);
