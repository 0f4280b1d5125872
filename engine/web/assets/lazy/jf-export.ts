/** <jf-export url title><form>: starts an export of what the list shows now, and lets the job follow the person. */
import { post } from "../base/http";
import { follow } from "../elements/job";
import { toast } from "../elements/toast";
import type { View } from "../grid/view";

interface List extends HTMLElement { view: View }

class Export extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("form")!.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#start(event.target as HTMLFormElement);
    });
  }

  async #start(form: HTMLFormElement): Promise<void> {
    const state = document.querySelector<List>("jf-grid")?.view.state;
    const chosen = new FormData(form), format = chosen.get("format");
    try {
      const { job } = await post<{ job: string }>(this.getAttribute("url")!, {
        all: true, format, where: state?.where ?? null, search: state?.search ?? "", sort: state?.sort ?? [], fields: state && [...state.columns.map(({ key }) => key), ...chosen.getAll("table")],
      });
      this.closest("dialog")?.close();
      follow(job, this.getAttribute("title") ?? "");
    } catch (reason) {
      toast({ bad: true, text: (reason as Error).message });
    }
  }
}

customElements.define("jf-export", Export);
