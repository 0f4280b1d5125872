/** What keeps the form from being published, with a click to the place; asked for after each save. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { get } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import type { Draft, FieldDoc } from "./draft";

interface Fault { message: string; path?: string | null; property?: string | null; pointer?: string }

const PAUSE = 500;

export class Faults {
  #found: Fault[] = [];
  #timer = 0;
  #turn = 0;

  constructor(private readonly root: HTMLElement, private readonly draft: Draft, private readonly go: (path: string, property: string | null) => void, private readonly marked: () => void) {
    document.addEventListener("jf:draft", (event) => {
      const { reason } = (event as CustomEvent<{ reason: string }>).detail;
      if (draft.state === "refused") this.#show(draft.faults.map((one) => ({ ...one, ...placeOf(draft, one.pointer) })));
      else if (reason === "saved" || reason === "merged") this.#later();
    });
    this.#later();
  }

  /** The fields that something is wrong with. */
  get paths(): Set<string> {
    return new Set(this.#found.map((one) => one.path).filter((path): path is string => Boolean(path)));
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), PAUSE);
  }

  async #ask(): Promise<void> {
    const turn = ++this.#turn;
    const { faults } = await get<{ faults: Fault[] }>(`${this.draft.url}/faults`).catch(() => ({ faults: this.#found }));
    if (turn !== this.#turn) return; // a later answer is on its way
    if (this.draft.state !== "refused") this.#show(faults);
  }

  #show(faults: Fault[]): void {
    this.#found = faults;
    this.root.hidden = !faults.length;
    const open = this.root.querySelector("details")?.open ?? false;
    this.root.replaceChildren(el("details", { class: "note-bar", "data-color": "amber", open: open && faults.length > 0 },
      el("summary", {}, icon("alert-triangle"), t("{n} 处待处理", faults.length === 1 ? "{n} thing to settle" : "{n} things to settle", { n: faults.length })),
      el("ul", { class: "plain-list" }, ...faults.map((fault) => el("li", {}, fault.path ? el("button", { type: "button", class: "btn-link", onclick: () => this.go(fault.path!, fault.property ?? null) }, fault.message) : el("span", {}, fault.message))))));
    this.marked();
  }
}

/** The field at a pointer into the document as it was sent. */
function placeOf(draft: Draft, pointer: string): { path: string | null; property: string | null } {
  const [, list, number, next, column, rest] = pointer.split("/");
  const field = list === "fields" ? draft.document.fields[Number(number)] : undefined;
  if (!field) return { path: null, property: null };
  const child = next === "fields" && field.type === "subform" ? (field.fields as FieldDoc[])[Number(column)] : undefined;
  return child ? { path: `${field.key}.${child.key}`, property: rest ?? null } : { path: field.key, property: next ?? null };
}
