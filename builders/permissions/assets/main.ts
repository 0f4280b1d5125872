/** <role-matrix>: the matrix of a role or of a form; the line with a condition is there while 自定义条件 is chosen. */
import { part } from "../../../engine/web/assets/base/part";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import { define } from "../../../engine/web/assets/lazy";

const CUSTOM = "custom";

class Role extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("change", (event) => {
      const target = event.target as Element;
      if (target instanceof HTMLSelectElement && target.dataset.all !== undefined) return this.#all(target);
      if (target instanceof HTMLSelectElement && target.dataset.access !== undefined) target.dataset.access = target.value || "edit";
      const select = target.closest<HTMLSelectElement>("select[name^='scope.']");
      if (select) void this.#lead(select);
    });
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("[data-fields]");
      if (button) void this.#fields(button);
    });
    for (const button of this.querySelectorAll<HTMLButtonElement>("[data-fields]")) button.disabled = false; // before, a click would have gone nowhere
    /* What was chosen before this script came, or is kept by the browser when one comes back. */
    for (const select of this.querySelectorAll<HTMLSelectElement>("select")) {
      if (select.dataset.all !== undefined) this.#all(select);
      else if (select.dataset.access !== undefined) select.dataset.access = select.value || "edit";
      else if (select.name.startsWith("scope.")) this.#scope(select);
    }
  }

  /** Whoever asks for a condition goes on with it, unless they have gone elsewhere by the time its script has come. */
  async #lead(select: HTMLSelectElement): Promise<void> {
    const row = this.#scope(select);
    if (!row) return;
    await customElements.whenDefined("jf-condition");
    if ([select, document.body].includes(document.activeElement as HTMLElement)) row.querySelector<HTMLElement>("jf-condition button")?.focus();
  }

  /** The line of its condition is there while one is asked for. Answers it then. */
  #scope(select: HTMLSelectElement): HTMLElement | null {
    const operation = select.name.split(".")[2];
    const body = select.closest("tbody")!;
    select.dataset.scope = select.value;
    const asked = select.value === CUSTOM;
    let row = body.querySelector<HTMLElement>(`.condition[data-operation="${operation}"]`);
    if (!row && asked) row = this.#blank(body, operation, select.closest<HTMLElement>("td")!.dataset.label!);
    if (row) row.hidden = !asked;
    return asked ? row : null;
  }

  /** The line for a condition that nobody has written yet. */
  #blank(body: HTMLElement, operation: string, called: string): HTMLElement {
    const row = this.querySelector<HTMLTemplateElement>("template[data-blank-condition]")!.content.querySelector("tr")!.cloneNode(true) as HTMLElement;
    const condition = row.querySelector("jf-condition")!;
    const { place, form, name } = body.dataset;
    row.dataset.operation = operation;
    row.querySelector("b")!.textContent = called;
    condition.setAttribute("url", condition.getAttribute("url")!.replace("/_/conditions", `/${form}/conditions`));
    condition.setAttribute("label", `${name} · ${called}`);
    row.querySelector("input")!.name = `where.${place}.${operation}`;
    body.append(row);
    define(body);
    return row;
  }

  /** The fields of a form, asked for when somebody wants to see them; from then on they are a part of what is saved. */
  async #fields(button: HTMLButtonElement): Promise<void> {
    const name = `fields-${button.dataset.fields}`;
    const cell = button.parentElement!;
    if (button.getAttribute("aria-busy")) return;
    if (!cell.querySelector("jf-dialog")) {
      button.setAttribute("aria-busy", "true");
      const url = `${this.getAttribute("base")}/fields/${button.dataset.fields}`;
      const came = await part(url, new AbortController().signal).catch((reason: Error) => reason);
      button.removeAttribute("aria-busy");
      if (came instanceof Error) return toast({ text: t("打不开字段权限，请重试", "The fields cannot be opened; try again"), bad: true });
      cell.append(...came);
    }
    document.dispatchEvent(new CustomEvent("jf:show", { detail: { name } }));
  }

  /** One choice for every field of a role; what is computed has no “read only” of its own and stays shown. */
  #all(chosen: HTMLSelectElement): void {
    if (chosen.value === "-") return;
    for (const select of this.querySelectorAll<HTMLSelectElement>(`select[name^="field.${chosen.dataset.all}."]`)) {
      const computed = select.options[0].value === "" && select.options[1]?.value === "hidden";
      select.value = computed && chosen.value === "read" ? "" : chosen.value;
      select.dataset.access = select.value || "edit";
    }
    chosen.value = "-";
  }
}

customElements.define("role-matrix", Role);

/** <why-question>: another form has other records and fields. */
class Question extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector<HTMLSelectElement>("#why-form");
    const asked = (): void => {
      const url = new URL(location.href);
      url.search = "";
      const { member, form } = Object.fromEntries(new FormData(this.querySelector("form")!)) as Record<string, string>;
      if (member) url.searchParams.set("member", member);
      url.searchParams.set("form", form);
      location.assign(url);
    };
    form?.addEventListener("change", asked);
    if (form && !form.selectedOptions[0]?.defaultSelected && [...form.options].some((one) => one.defaultSelected)) asked(); // chosen before this script came
  }
}

customElements.define("why-question", Question);
