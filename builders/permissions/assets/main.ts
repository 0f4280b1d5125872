/** <role-matrix>: the matrix of a role; a custom condition is edited in a dialog and shown as a sentence. */
import { post } from "../../../engine/web/assets/base/http";
import { editGroup } from "../../../engine/web/assets/filter/group-editor";
import type { Where } from "../../../engine/web/assets/grid/contract";
import { View } from "../../../engine/web/assets/grid/view";
import { spoken, written } from "./personal";

const CUSTOM = "custom";

class Role extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("change", (event) => {
      const select = (event.target as Element).closest<HTMLSelectElement>("select[name^='scope.']");
      if (select) void this.#chosen(select);
    });
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-edit]");
      if (!button) return;
      const row = button.closest<HTMLElement>(".condition")!;
      const select = this.#select(row.closest("tbody")!, row.dataset.operation!);
      void this.#edit(select, !button.hasAttribute("data-afresh"));
    });
  }

  async #chosen(select: HTMLSelectElement): Promise<void> {
    if (select.value === CUSTOM) return this.#edit(select, true);
    this.#show(select);
  }

  async #edit(select: HTMLSelectElement, keep: boolean): Promise<void> {
    const { form, operation } = this.#place(select);
    const hidden = this.#hidden(select);
    const view = await View.at(`${this.getAttribute("base")}/conditions/${form}`);
    const before = keep && hidden.value ? spoken(JSON.parse(hidden.value) as Where) : null;
    editGroup(view, before, (where) => void this.#set(select, form, operation, where));
    const dialog = document.querySelector("body > dialog:last-of-type");
    dialog?.addEventListener("close", () => this.#restore(select));
  }

  async #set(select: HTMLSelectElement, form: string, operation: string, where: Where | null): Promise<void> {
    const hidden = this.#hidden(select);
    const row = this.#row(select.closest("tbody")!, operation);
    if (where === null) return this.#restore(select);
    const plain = written(where);
    hidden.value = JSON.stringify(plain);
    row.querySelector("[data-afresh]")?.removeAttribute("data-afresh");
    row.querySelector(".caption")?.remove();
    this.#show(select);
    const sentence = row.querySelector(".sentence")!;
    try {
      sentence.textContent = (await post<{ sentence: string }>(`${this.getAttribute("base")}/conditions/${form}`, { where: plain })).sentence;
    } catch (reason) {
      sentence.textContent = (reason as Error).message;
    }
  }

  /** A custom choice without a condition goes back to what it was. */
  #restore(select: HTMLSelectElement): void {
    if (select.value === CUSTOM && !this.#hidden(select).value) select.value = select.dataset.scope === CUSTOM ? "none" : select.dataset.scope!;
    this.#show(select);
  }

  #show(select: HTMLSelectElement): void {
    const { operation } = this.#place(select);
    this.#row(select.closest("tbody")!, operation).hidden = select.value !== CUSTOM;
    if (select.value !== CUSTOM || this.#hidden(select).value) select.dataset.scope = select.value;
  }

  #place(select: HTMLSelectElement): { form: string; operation: string } {
    const [, form, operation] = select.name.split(".");
    return { form, operation };
  }

  #hidden(select: HTMLSelectElement): HTMLInputElement {
    return select.parentElement!.querySelector<HTMLInputElement>("input[type=hidden]")!;
  }

  #row(body: HTMLElement, operation: string): HTMLElement {
    return body.querySelector(`.condition[data-operation="${operation}"]`)!;
  }

  #select(body: HTMLElement, operation: string): HTMLSelectElement {
    return body.querySelector(`select[name="scope.${body.dataset.form}.${operation}"]`)!;
  }
}

customElements.define("role-matrix", Role);
