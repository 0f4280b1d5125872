/** <jf-kanban url board config-url view field editable>: cards dragged from lane to lane; on a card, [ and ] move it. */
import htmx from "htmx.org";
import Sortable from "sortablejs";
import { el, icon } from "../base/dom";
import { get, post } from "../base/http";
import { count, t } from "../base/language";
import { failure, part } from "../base/part";
import { keepWalk } from "../base/walk";
import type { Around } from "../base/walk";
import { toast } from "../elements/toast";
import type { Outcomes } from "../grid/contract";

const PHONE = "(max-width: 640px)";

interface Refusals { lanes: Record<string, string> }
interface Sums { lanes: Record<string, { count: number; total: string }> }

class Kanban extends HTMLElement {
  #lanes: Sortable[] = [];
  #asking: AbortController | null = null;
  #trying: AbortController | null = null;
  #state = (): void => void this.#load();

  connectedCallback(): void {
    document.addEventListener("jf:state", this.#state);
    document.addEventListener("jf:refresh", this.#state);
    this.addEventListener("click", (event) => this.#open(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#ready();
  }

  disconnectedCallback(): void {
    document.removeEventListener("jf:state", this.#state);
    document.removeEventListener("jf:refresh", this.#state);
    this.#trying?.abort();
    this.#release();
  }

  #release(): void {
    for (const lane of this.#lanes) lane.destroy();
    this.#lanes = [];
  }

  #ready(): void {
    this.#release();
    if (this.hasAttribute("editable")) {
      this.#lanes = [...this.querySelectorAll<HTMLElement>(".lane-cards")].map((lane) =>
        Sortable.create(lane, { group: "cards", draggable: ".lane-card", animation: 120, forceFallback: true, fallbackOnBody: true, delay: 200, delayOnTouchOnly: true, touchStartThreshold: 5, sort: false, scroll: true,
          onStart: (event) => void this.#closed(event.item),
          onEnd: (event) => {
            this.#opened();
            void this.#moved(event.item, event.from, event.to, event.oldIndex ?? 0);
          } }));
    }
    const total = [...this.querySelectorAll<HTMLElement>("[data-lane-count]")].reduce((sum, one) => sum + Number(one.dataset.laneCount), 0);
    for (const place of document.querySelectorAll("[data-count]")) place.textContent = t("{n} 条", total === 1 ? "{n} record" : "{n} records", { n: count(total) });
  }

  #address(path = ""): string {
    const query = new URLSearchParams(location.search);
    query.set("view", this.getAttribute("view")!);
    return `${this.getAttribute("board")!}${path}?${query}`;
  }

  /** The board anew: its conditions have changed. */
  async #load(): Promise<void> {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.setAttribute("aria-busy", "true");
    try {
      const fresh = await part(this.#address(), asking.signal);
      this.replaceChildren(...fresh);
      htmx.process(this);
      this.#ready();
    } catch (reason) {
      if (asking.signal.aborted) return;
      this.replaceChildren(failure(t("看板没有加载出来", "The board could not be loaded"), reason, () => void this.#load()));
    } finally {
      if (!asking.signal.aborted) this.removeAttribute("aria-busy");
    }
  }

  get #base(): string {
    return this.getAttribute("board")!.replace(/\/board$/, "");
  }

  get #cards(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".lane-card")];
  }

  // — what the side panel asks for: cards one after the other, lane by lane

  get urls(): { panel: string; record: string } {
    return { panel: `${this.#base}/{id}/panel`, record: `${this.#base}/{id}` };
  }

  get total(): number {
    return this.#cards.length;
  }

  ordinal(index: number): number {
    return index;
  }

  async step(index: number, by: number): Promise<{ id: number; index: number } | null> {
    const card = this.#cards[index + by];
    if (!card) return null;
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.#mark(card);
    return { id: Number(card.dataset.id), index: index + by };
  }

  around(): Around {
    return { ids: this.#cards.map((card) => Number(card.dataset.id)), first: 0, total: this.total };
  }

  override focus(): void {
    (this.querySelector<HTMLElement>(".lane-card.opened") ?? this.#cards[0])?.focus();
  }

  #mark(opened: HTMLElement): void {
    for (const card of this.#cards) card.classList.toggle("opened", card === opened);
  }

  /** A card opens beside the board; on a phone, and with a key that wants a page of its own, in full. */
  #open(event: MouseEvent): void {
    const target = event.target as Element;
    const card = target.closest<HTMLElement>(".lane-card");
    if (!card) return;
    const link = target.closest("a");
    if (matchMedia(PHONE).matches || event.ctrlKey || event.metaKey || event.shiftKey) {
      if (link) keepWalk(this.#base, { ...this.around(), from: location.pathname + location.search });
      return;
    }
    event.preventDefault();
    this.#show(card);
  }

  #show(card: HTMLElement): void {
    this.#mark(card);
    this.dispatchEvent(new CustomEvent("jf:open", { bubbles: true, detail: { id: Number(card.dataset.id), index: this.#cards.indexOf(card), total: this.total } }));
  }

  #key(event: KeyboardEvent): void {
    const card = (event.target as Element).closest<HTMLElement>(".lane-card");
    if (!card || event.target !== card) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return card.querySelector("a")?.click();
    }
    if (!this.hasAttribute("editable")) return;
    const step = { "]": 1, "[": -1 }[event.key];
    if (!step) return;
    const lanes = [...this.querySelectorAll<HTMLElement>(".lane-cards")];
    const from = card.parentElement as HTMLElement;
    const to = lanes[lanes.indexOf(from) + step];
    if (!to) return;
    const index = [...from.children].indexOf(card);
    to.prepend(card);
    card.focus();
    void this.#moved(card, from, to, index);
  }

  #value(said: string | undefined): string | number | null {
    return said ? (this.hasAttribute("people") ? Number(said) : said) : null;
  }

  /** While a card is dragged: the lanes that would not take it, as the server found by trying. What it does not know, the drop says. */
  async #closed(card: HTMLElement): Promise<void> {
    this.#trying?.abort();
    const trying = (this.#trying = new AbortController());
    const others = [...this.querySelectorAll<HTMLElement>(".lane")].filter((lane) => !lane.contains(card));
    const sent = { id: Number(card.dataset.id), lanes: others.map((lane) => lane.dataset.lane ?? "") };
    const found = await post<Refusals>(this.#address("/refusals"), sent, trying.signal).catch(() => null);
    if (!found || trying.signal.aborted) return;
    for (const lane of others) {
      const reason = found.lanes[lane.dataset.lane ?? ""];
      lane.classList.toggle("refused", Boolean(reason));
      if (reason) lane.append(el("p", { class: "lane-refusal" }, icon("ban"), el("span", {}, reason)));
    }
  }

  #opened(): void {
    this.#trying?.abort();
    for (const reason of this.querySelectorAll(".lane-refusal")) reason.remove();
    for (const lane of this.querySelectorAll(".lane.refused")) lane.classList.remove("refused");
  }

  async #moved(card: HTMLElement, from: HTMLElement, to: HTMLElement, index: number): Promise<void> {
    if (from === to) return;
    const change = { id: Number(card.dataset.id), version: Number(card.dataset.version), values: { [this.getAttribute("field")!]: this.#value(to.dataset.value) } };
    const back = (message: string): void => {
      from.insertBefore(card, from.children[index] ?? null);
      toast({ bad: true, text: message });
    };
    try {
      const { results } = await post<Outcomes>(this.getAttribute("url")!, { changes: [change] });
      const [outcome] = results;
      if (outcome.errors) return back(outcome.errors.map((error) => error.message).join(" "));
      if (outcome.conflict) return back(t("别人刚修改了这条记录，请刷新后再移动", "Somebody has just changed this record; reload and move it again"));
      if (outcome.version) card.dataset.version = String(outcome.version);
      toast(outcome.warnings?.length ? outcome.warnings.map((one) => one.message).join(" ") : t("已移到“{lane}”", "Moved to “{lane}”", { lane: to.closest(".lane")?.getAttribute("aria-label") ?? "" }));
    } catch (reason) {
      return back((reason as Error).message);
    }
    await this.#sums();
  }

  /** Counts and amounts of the lanes, as the server knows them. */
  async #sums(): Promise<void> {
    const found = await get<Sums>(this.#address("/sums")).catch(() => null);
    if (!found) return;
    for (const lane of this.querySelectorAll<HTMLElement>(".lane")) {
      const { count: cards, total } = found.lanes[lane.dataset.lane ?? ""] ?? { count: 0, total: "" };
      const figure = lane.querySelector<HTMLElement>("[data-lane-count]")!;
      figure.dataset.laneCount = String(cards);
      figure.textContent = count(cards);
      lane.querySelector("[data-lane-total]")!.textContent = total;
    }
  }
}

customElements.define("jf-kanban", Kanban);
