/** <jf-cards url base config-url>: the list of a phone; fetched again when its conditions change. */
import htmx from "htmx.org";
import { el } from "../base/dom";
import { t } from "../base/language";
import { failure, part } from "../base/part";
import { keepWalk } from "../base/walk";

class Cards extends HTMLElement {
  #asking: AbortController | null = null;

  connectedCallback(): void {
    document.addEventListener("jf:state", this.#again);
    this.addEventListener("click", (event) => {
      if (!(event.target as Element).closest("[data-id]")) return;
      const ids = [...this.querySelectorAll<HTMLElement>("[data-id]")].map((one) => Number(one.dataset.id));
      keepWalk(this.getAttribute("base")!, { ids, first: 0, total: ids.length, from: location.pathname + location.search });
    });
  }

  disconnectedCallback(): void {
    document.removeEventListener("jf:state", this.#again);
  }

  #again = (): void => void this.#load();

  async #load(): Promise<void> {
    if (!this.offsetParent) return;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const waiting = setTimeout(() => this.replaceChildren(...Array.from({ length: 5 }, () => el("div", { class: "card-link skeletons", "aria-hidden": "true" }, el("span", { class: "skeleton title" }), el("span", { class: "skeleton" })))), 150);
    try {
      const fresh = await part(this.getAttribute("url")! + location.search, asking.signal);
      clearTimeout(waiting);
      this.replaceChildren(...fresh);
      htmx.process(this);
    } catch (reason) {
      clearTimeout(waiting);
      if (asking.signal.aborted) return;
      this.replaceChildren(failure(t("列表没有加载出来", "The list could not be loaded"), reason, () => void this.#load()));
    }
  }
}

customElements.define("jf-cards", Cards);
