/** <jf-kanban url field editable>: cards dragged from lane to lane; with a card focused, [ and ] move it. */
import Sortable from "sortablejs";
import { post } from "../base/http";
import { t } from "../base/language";
import { toast } from "../elements/toast";
import type { Outcomes } from "../grid/contract";

class Kanban extends HTMLElement {
  #lanes: Sortable[] = [];

  connectedCallback(): void {
    if (!this.hasAttribute("editable")) return;
    this.#lanes = [...this.querySelectorAll<HTMLElement>(".lane-cards")].map((lane) =>
      Sortable.create(lane, { group: "cards", animation: 120, forceFallback: true, fallbackOnBody: true, delay: 150, delayOnTouchOnly: true, sort: false,
        onEnd: (event) => void this.#moved(event.item, event.from, event.to, event.oldIndex ?? 0) }));
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  disconnectedCallback(): void {
    for (const lane of this.#lanes) lane.destroy();
  }

  #key(event: KeyboardEvent): void {
    const card = (event.target as Element).closest<HTMLElement>(".lane-card");
    const step = { "]": 1, "[": -1 }[event.key];
    if (!card || !step || event.target !== card) return;
    const lanes = [...this.querySelectorAll<HTMLElement>(".lane-cards")];
    const from = card.parentElement as HTMLElement;
    const to = lanes[lanes.indexOf(from) + step];
    if (!to) return;
    const index = [...from.children].indexOf(card);
    to.prepend(card);
    card.focus();
    void this.#moved(card, from, to, index);
  }

  async #moved(card: HTMLElement, from: HTMLElement, to: HTMLElement, index: number): Promise<void> {
    if (from === to) return;
    this.#count(from, -1);
    this.#count(to, 1);
    const change = { id: Number(card.dataset.id), version: Number(card.dataset.version), values: { [this.getAttribute("field")!]: to.dataset.value || null } };
    const back = (message: string): void => {
      from.insertBefore(card, from.children[index] ?? null);
      this.#count(from, 1);
      this.#count(to, -1);
      toast({ bad: true, text: message });
    };
    try {
      const { results } = await post<Outcomes>(this.getAttribute("url")!, { changes: [change] });
      const [outcome] = results;
      if (outcome.errors) return back(outcome.errors.map((error) => error.message).join(" "));
      if (outcome.conflict) return back(t("别人刚修改了这条记录，请刷新后再移动", "Somebody has just changed this record; reload and move it again"));
      if (outcome.version) card.dataset.version = String(outcome.version);
      if (outcome.warnings?.length) toast(outcome.warnings.map((one) => one.message).join(" "));
    } catch (reason) {
      back((reason as Error).message);
    }
  }

  #count(lane: HTMLElement, by: number): void {
    const shown = lane.closest(".lane")?.querySelector("[data-lane-count]");
    if (shown) shown.textContent = String(Number(shown.textContent) + by);
  }
}

customElements.define("jf-kanban", Kanban);
