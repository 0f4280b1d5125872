/** <jf-calendar url sheet base view begins until>: records on their days. Dragged to another day or hour, they move; on one, [ and ] move it. */
import { post } from "../base/http";
import { count, t } from "../base/language";
import { failure, part } from "../base/part";
import { keepWalk } from "../base/walk";
import type { Around } from "../base/walk";
import { dragging } from "../calendar/drag";
import type { Drop } from "../calendar/drag";
import { shifted } from "../calendar/moments";
import { toast } from "../elements/toast";
import type { Outcomes } from "../grid/contract";

const PHONE = "(max-width: 640px)";
const FIRST_HOUR = 8;

class Calendar extends HTMLElement {
  #asking: AbortController | null = null;
  #again = (): void => void this.#load(this.#address());
  #stop = (): void => undefined;

  connectedCallback(): void {
    document.addEventListener("jf:state", this.#again);
    document.addEventListener("jf:refresh", this.#again);
    window.addEventListener("popstate", this.#again);
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#stop = dragging(this, (drop) => void this.#move(drop.event, drop));
    this.#ready();
  }

  disconnectedCallback(): void {
    document.removeEventListener("jf:state", this.#again);
    document.removeEventListener("jf:refresh", this.#again);
    window.removeEventListener("popstate", this.#again);
    this.#stop();
  }

  // — what the side panel asks for: records one after the other, by date

  get urls(): { panel: string; record: string } {
    const base = this.getAttribute("base")!;
    return { panel: `${base}/{id}/panel`, record: `${base}/{id}` };
  }

  get #ids(): number[] {
    return [...new Set([...this.querySelectorAll<HTMLElement>("[data-agenda]")].map((one) => Number(one.dataset.agenda)))];
  }

  get total(): number {
    return this.#ids.length;
  }

  ordinal(index: number): number {
    return index;
  }

  async step(index: number, by: number): Promise<{ id: number; index: number } | null> {
    const id = this.#ids[index + by];
    if (id === undefined) return null;
    this.#mark(id);
    return { id, index: index + by };
  }

  around(): Around {
    return { ids: this.#ids, first: 0, total: this.total };
  }

  override focus(): void {
    this.querySelector<HTMLElement>(".cal-event.opened")?.focus();
  }

  #mark(id: number): void {
    for (const one of this.querySelectorAll<HTMLElement>(".cal-event")) one.classList.toggle("opened", Number(one.dataset.id) === id);
  }

  /** What needs figures that only a style can hold: hours by minutes, several side by side. */
  #ready(): void {
    for (const one of this.querySelectorAll<HTMLElement>(".cal-slot")) {
      const { minute, minutes, place, beside } = one.dataset;
      one.style.setProperty("--minute", minute!);
      one.style.setProperty("--minutes", minutes!);
      one.style.setProperty("--place", place!);
      one.style.setProperty("--beside", beside!);
    }
    const hours = this.querySelector<HTMLElement>(".cal-hours");
    if (hours) hours.scrollTop = (hours.scrollHeight / 24) * FIRST_HOUR - 12;
    const total = Number(this.querySelector<HTMLElement>("[data-count-here]")?.dataset.countHere ?? 0);
    for (const place of document.querySelectorAll("[data-count]")) place.textContent = t("{n} 条", total === 1 ? "{n} record" : "{n} records", { n: count(total) });
  }

  #address(): string {
    const query = new URLSearchParams(location.search);
    query.set("view", this.getAttribute("view")!);
    return `${this.getAttribute("sheet")!}?${query}`;
  }

  async #load(url: string): Promise<void> {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.setAttribute("aria-busy", "true");
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>(".cal-event")?.dataset.id;
    const top = this.querySelector(".cal-hours")?.scrollTop;
    try {
      const fresh = await part(url, asking.signal);
      this.replaceChildren(...fresh);
      this.#ready();
      const hours = this.querySelector(".cal-hours");
      if (hours && top) hours.scrollTop = top;
      if (focused) this.querySelector<HTMLElement>(`.cal-event[data-id="${focused}"]`)?.focus();
    } catch (reason) {
      if (asking.signal.aborted) return;
      this.replaceChildren(failure(t("日历没有加载出来", "The calendar could not be loaded"), reason, () => void this.#load(url)));
    } finally {
      if (!asking.signal.aborted) this.removeAttribute("aria-busy");
    }
  }

  #clicked(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const go = target.closest<HTMLAnchorElement>("a[data-go]");
    if (go) {
      event.preventDefault();
      history.pushState(history.state, "", go.href);
      return void this.#load(this.#address());
    }
    const record = target.closest<HTMLAnchorElement>(".cal-event");
    if (record && !matchMedia(PHONE).matches) {
      event.preventDefault();
      const id = Number(record.dataset.id);
      this.#mark(id);
      return void this.dispatchEvent(new CustomEvent("jf:open", { bubbles: true, detail: { id, index: this.#ids.indexOf(id), total: this.total } }));
    }
    if (target.closest("[data-agenda]")) return keepWalk(this.getAttribute("base")!, { ...this.around(), from: location.pathname + location.search });
    if (target.closest("a, button")) return;
    const hour = target.closest<HTMLElement>(".cal-column[data-new]");
    if (hour) return location.assign(hour.dataset.new!.replace("HH%3AMM", encodeURIComponent(hourAt(hour, event.clientY))).replace("HH:MM", hourAt(hour, event.clientY)));
    target.closest(".cal-day")?.querySelector<HTMLAnchorElement>(".cal-new")?.click();
  }

  #key(event: KeyboardEvent): void {
    const one = (event.target as Element).closest<HTMLElement>(".cal-event");
    if (!one) return;
    const by = { "]": 1, "[": -1 }[event.key];
    if (event.key === " ") {
      event.preventDefault();
      one.click();
    } else if (by && "movable" in one.dataset) {
      event.preventDefault();
      void this.#move(one, { event: one, days: by, minutes: 0 });
    }
  }

  async #move(one: HTMLElement, { days, minutes }: Drop): Promise<void> {
    const { id, version, begin, end } = one.dataset as Record<string, string>;
    const begins = this.getAttribute("begins")!;
    const until = this.getAttribute("until");
    const values: Record<string, string> = { [begins]: shifted(begin, days, minutes) };
    const before: Record<string, string> = { [begins]: begin };
    if (until && end) {
      values[until] = shifted(end, days, minutes);
      before[until] = end;
    }
    const saved = await this.#save(Number(id), Number(version), values);
    if (saved === null) return;
    const title = one.dataset.title ?? "";
    toast({ text: t("“{title}”已移到 {day}", "“{title}” moved to {day}", { title, day: values[begins].replace("T", " ") }), undo: () => void this.#save(Number(id), saved, before) });
  }

  /** Answers the record's new version; null when it was refused. */
  async #save(id: number, version: number, values: Record<string, string>): Promise<number | null> {
    try {
      const { results: [outcome] } = await post<Outcomes>(this.getAttribute("url")!, { changes: [{ id, version, values }] });
      if (outcome.errors) throw new Error(outcome.errors.map(({ message }) => message).join(" "));
      if (outcome.conflict) throw new Error(t("别人刚修改了这条记录，请再移动一次", "Somebody has just changed this record; move it again"));
      for (const { message } of outcome.warnings ?? []) toast(message);
      return outcome.version ?? version;
    } catch (reason) {
      toast({ bad: true, text: (reason as Error).message });
      return null;
    } finally {
      await this.#load(this.#address());
      document.dispatchEvent(new CustomEvent("jf:panel-refresh"));
    }
  }
}

/** The half hour below the mouse. */
function hourAt(column: HTMLElement, y: number): string {
  const box = column.getBoundingClientRect();
  const half = Math.min(47, Math.max(0, Math.floor(((y - box.top) / box.height) * 48)));
  return `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`;
}

customElements.define("jf-calendar", Calendar);
