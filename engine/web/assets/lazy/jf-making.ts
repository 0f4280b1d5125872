/** <jf-making>: does the steps of a list one after the other, shows how far it is, and opens what was made. */
import { icon } from "../base/dom";
import { post, Refused } from "../base/http";

class Making extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("[data-again]")?.addEventListener("click", () => void this.#run());
    void this.#run();
  }

  async #run(): Promise<void> {
    const fault = this.querySelector<HTMLElement>("[role=alert]")!;
    fault.hidden = true;
    this.querySelector<HTMLElement>(".card-footer")!.hidden = true;
    let app = "";
    for (const step of this.querySelectorAll<HTMLElement>("[data-url]")) {
      if (step.dataset.state === "done") continue;
      this.#mark(step, "running", "loader-2");
      try {
        app = (await post<{ app: string }>(step.dataset.url!.replace("{app}", app), {})).app;
      } catch (reason) {
        this.#mark(step, "failed", "alert-circle");
        fault.querySelector("span")!.textContent = (reason as Refused).message;
        fault.hidden = false;
        this.querySelector<HTMLElement>(".card-footer")!.hidden = false;
        return;
      }
      this.#mark(step, "done", "circle-check");
      this.querySelector("progress")!.value += 1;
    }
    this.#finish(`/a/${app}`);
  }

  #mark(step: HTMLElement, state: string, picture: string): void {
    step.dataset.state = state;
    step.querySelector("svg")?.replaceWith(icon(picture));
  }

  #finish(url: string): void {
    if (!this.classList.contains("keeps")) return location.replace(url);
    const foot = this.querySelector<HTMLElement>(".card-footer")!;
    const enter = foot.querySelector("a")!;
    enter.href = url;
    enter.textContent = this.getAttribute("enter");
    foot.hidden = false;
    enter.focus();
  }
}

customElements.define("jf-making", Making);
