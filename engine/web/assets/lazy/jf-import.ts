/** <jf-import url data-mapping>: the wizard's second step. A change of the mapping is checked at once over all rows. */
import { el, icon } from "../base/dom";
import { get, post, Refused, remove } from "../base/http";
import { count, t } from "../base/language";
import { follow, type Job } from "../elements/job";
import { toast } from "../elements/toast";
import { define } from "../lazy";

type Replacement = string | null | { create: true } | { skip: true };
type Ruled = "links" | "members" | "choices";
interface Mapping {
  sheet: string; header_row: number; columns: Record<string, string | null>; values: Record<string, Record<string, Replacement>>;
  dates: Record<string, string>; percents: Record<string, string>; links: Record<string, { by: string; missing: string }>; members: Record<string, { by: string; missing: string }>; choices: Record<string, { missing: string }>;
}
interface Checking { job: string; id: string; html: string; mapping: Mapping }
interface Checked { html: string; ready: number; mapping: Mapping }

const EVERY = 400;

class Import extends HTMLElement {
  #mapping!: Mapping;
  #run = 0;
  #checking = "";

  connectedCallback(): void {
    this.#mapping = JSON.parse(this.dataset.mapping!) as Mapping;
    this.addEventListener("change", (event) => this.#changed(event.target as HTMLSelectElement));
    this.addEventListener("click", (event) => this.#clicked((event.target as Element).closest("button")));
    void this.#check();
  }

  #changed(control: HTMLSelectElement): void {
    const { dataset, value } = control;
    const mapping = this.#mapping;
    if (dataset.column !== undefined) {
      for (const [header, target] of Object.entries(mapping.columns)) if (value && target === value) mapping.columns[header] = null;
      mapping.columns[dataset.column] = value || null;
    } else if (dataset.reading) mapping[dataset.reading as "dates" | "percents"][dataset.target!] = value;
    else if (dataset.missing) mapping[dataset.missing as Ruled][dataset.target!].missing = value;
    else if (dataset.sheet !== undefined) this.#mapping = { sheet: value } as Mapping;
    else if (dataset.headerRow !== undefined) this.#mapping = { sheet: mapping.sheet, header_row: Number(value) || 1 } as Mapping;
    else if (dataset.mode !== undefined) this.querySelector<HTMLElement>("[data-match]")!.hidden = value === "create";
    else if (dataset.matchOn === undefined) return;
    void this.#check();
  }

  #clicked(button: HTMLButtonElement | null): void {
    if (!button) return;
    if (button.dataset.start !== undefined) return void this.#start(button);
    const rule = button.closest<HTMLElement>("[data-rule]");
    if (rule && button.dataset.missingNow) {
      this.#mapping[rule.dataset.rule as Ruled][rule.dataset.target!].missing = button.dataset.missingNow;
      return void this.#check();
    }
    if (rule && button.dataset.skipNow !== undefined) {
      const skipped = (JSON.parse(rule.dataset.values!) as string[]).map((value) => [value, { skip: true as const }]);
      this.#mapping.values[rule.dataset.target!] = { ...this.#mapping.values[rule.dataset.target!], ...Object.fromEntries(skipped) };
      return void this.#check();
    }
    const place = button.closest<HTMLElement>("[data-value]");
    if (!place) return;
    const { target, value } = place.dataset as { target: string; value: string };
    const other = button.dataset.replaceBy !== undefined ? place.querySelector<HTMLInputElement | HTMLSelectElement>("[data-other]")!.value.trim() : "";
    if (other) button.dataset.replace = other;
    const chosen: Replacement | undefined = button.dataset.replace ?? (button.dataset.create !== undefined ? { create: true } : button.dataset.empty !== undefined ? null : button.dataset.skip !== undefined ? { skip: true } : undefined);
    if (chosen === undefined) return;
    (this.#mapping.values[target] ??= {})[value] = chosen;
    void this.#check();
  }

  get #how(): { mapping: Mapping; mode: string; match_on?: string[] } {
    const mode = this.querySelector<HTMLSelectElement>("[data-mode]")!.value;
    const matchOn = this.querySelector<HTMLSelectElement>("[data-match-on]")!.value;
    return { mapping: this.#mapping, mode, ...(mode === "create" ? {} : { match_on: [matchOn] }) };
  }

  async #check(): Promise<void> {
    const run = ++this.#run;
    const start = this.querySelector<HTMLButtonElement>("[data-start]")!;
    start.disabled = true;
    if (this.#checking) void remove(this.#checking).catch(() => undefined); // what is checked no longer matters
    this.#checking = "";
    try {
      const checking = await post<Checking>(`${this.getAttribute("url")}/check`, this.#how);
      if (run !== this.#run) return;
      this.#mapping = checking.mapping;
      this.#checking = checking.job;
      this.#draw(checking.html);
      while (run === this.#run) {
        const job = await get<Job>(checking.job);
        if (job.state === "succeeded" || job.state === "failed" || job.state === "cancelled") break;
        const progress = this.querySelector("[data-check-progress]");
        if (progress && job.total) progress.textContent = `${count(job.done ?? 0)} / ${count(job.total)}`;
        await new Promise((done) => setTimeout(done, EVERY));
      }
      if (run !== this.#run) return;
      this.#checking = "";
      const checked = await get<Checked>(`${this.getAttribute("url")}/checked/${checking.id}`);
      if (run !== this.#run) return;
      this.#mapping = checked.mapping;
      this.#draw(checked.html);
      start.disabled = !checked.ready;
      start.textContent = t("导入 {n} 行", checked.ready === 1 ? "Import {n} row" : "Import {n} rows", { n: count(checked.ready) });
    } catch (reason) {
      if (run === this.#run) this.#refused(reason as Error);
    }
  }

  /** Why there was no check, where its outcome would stand; each column at fault says so itself. */
  #refused(reason: Error): void {
    const faults = (reason instanceof Refused && reason.problem.errors) || [];
    const said = faults.length ? faults.map((one) => one.message).join(t("；", "; ")) : reason.message;
    const line = el("div", { class: "note-bar", "data-color": "red", role: "alert" }, icon("alert-circle"), el("span", {}, said));
    this.querySelector(".import-counts")?.replaceChildren(line);
    for (const one of faults) {
      const header = one.pointer.replace(/^\/mapping\/columns\//, "");
      this.querySelector(`[data-column="${CSS.escape(header)}"]`)?.setAttribute("aria-invalid", "true");
    }
  }

  /** The table anew; where one was scrolled to and what had the focus stay. */
  #draw(html: string): void {
    const body = this.querySelector<HTMLElement>("[data-body]")!;
    const across = body.querySelector(".import-table")?.scrollLeft ?? 0;
    const focused = document.activeElement?.getAttribute("data-column");
    const parsed = new DOMParser().parseFromString(html, "text/html");
    body.replaceChildren(...parsed.body.childNodes);
    define(body);
    const table = body.querySelector(".import-table");
    if (table) table.scrollLeft = across;
    this.#offer(body.querySelector("template[data-suggestion]"));
    if (focused) body.querySelector<HTMLElement>(`[data-column="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The one decision that is open, as a button at the foot. */
  #offer(suggestion: HTMLTemplateElement | null): void {
    const button = this.querySelector<HTMLButtonElement>("[data-take-suggestion]")!;
    button.hidden = !suggestion;
    if (!suggestion) return;
    button.querySelector("span")!.textContent = suggestion.content.textContent;
    Object.assign(button.dataset, { target: suggestion.dataset.target, value: suggestion.dataset.value, replace: suggestion.dataset.replace });
  }

  async #start(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    try {
      const { job, url, title } = await post<{ job: string; url: string; title: string }>(`${this.getAttribute("url")}/start`, this.#how);
      follow(job, title);
      location.assign(url);
    } catch (reason) {
      button.disabled = false;
      toast({ bad: true, text: (reason as Error).message });
    }
  }
}

customElements.define("jf-import", Import);
