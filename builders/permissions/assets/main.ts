/** <role-matrix>: the matrix of a role or of a form; the line with a condition is there while 自定义条件 is chosen. */
const CUSTOM = "custom";

class Role extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("change", (event) => {
      const target = event.target as Element;
      if (target instanceof HTMLSelectElement && target.dataset.all !== undefined) return this.#all(target);
      if (target.matches("select[data-access]")) (target as HTMLSelectElement).dataset.access = (target as HTMLSelectElement).value || "edit";
      const select = target.closest<HTMLSelectElement>("select[name^='scope.']");
      if (!select) return;
      const [, place, operation] = select.name.split(".");
      const row = this.querySelector<HTMLElement>(`tbody[data-place="${place}"] .condition[data-operation="${operation}"]`)!;
      select.dataset.scope = select.value;
      row.hidden = select.value !== CUSTOM;
      if (!row.hidden) row.querySelector<HTMLElement>("jf-condition button")?.focus();
    });
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
    this.addEventListener("change", (event) => {
      if ((event.target as Element).id !== "why-form") return;
      const url = new URL(location.href);
      url.search = "";
      const { member, form } = Object.fromEntries(new FormData(this.querySelector("form")!)) as Record<string, string>;
      if (member) url.searchParams.set("member", member);
      url.searchParams.set("form", form);
      location.assign(url);
    });
  }
}

customElements.define("why-question", Question);
