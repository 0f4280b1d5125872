/** The draft of a form in the browser: changed step by step, saved by itself, undone and redone; every tab works on it.

    const draft = await Draft.open("/a/app/form/design");
    draft.change(t("改名", "Rename"), (form) => { form.name = … });
    document.addEventListener("jf:draft", …)   detail: {draft, reason: "opened"|"changed"|"saved"|"merged"|"state"}
*/
import { csrf } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { settle } from "./conflict";
import { apply, copy, difference, same } from "./delta";
import type { Change, Doc } from "./delta";

const PAUSE = 300;
const TRY_AGAIN = 5_000;
const TOGETHER = 2_000;
const MOST_STEPS = 200;

export type Form = Doc & { key: string; name: unknown; fields: FieldDoc[] };
export type FieldDoc = Doc & { key: string; type: string };
export type State = "saved" | "waiting" | "saving" | "refused" | "offline";
export interface Fault { pointer: string; code: string; message: string; path?: string }
/** What is done to the merged form to have a place as one side has it. */
export interface Resolution { do: "set" | "unset" | "move" | "drop" | "sort"; path: string[]; after?: unknown; to?: string[]; behind?: string[]; order?: string[] }
/** A place that both changed: what people call it, what either did there, and what leads to either. */
export interface Clash { place: string; mine: string; theirs: string; keep_mine: Resolution[]; take_theirs: Resolution[] }
export interface Conflict { etag: string | null; mine: Form; theirs: Form | null; merged: Form; places: Clash[]; message: string }
interface Answer { etag: string; changes: number; saved_at: string; merged: boolean; document?: Form; counts?: Record<string, number> }
interface Opened extends Answer { document: Form; published: Form | null; languages: string[] }
interface Step { label: string; changes: Change[]; at: number; group?: string }

export class Draft {
  document: Form;
  /** What is live; null for a form that was never published. */
  readonly published: Form | null;
  readonly languages: string[];
  state: State = "saved";
  faults: Fault[] = [];
  changeCount: number;
  /** What stands behind the labels of the tabs. */
  counts: Record<string, number> = {};
  savedAt: Date;
  #etag: string;
  #sent: Form;
  #done: Step[] = [];
  #undone: Step[] = [];
  #timer = 0;
  #saving: Promise<void> | null = null;

  private constructor(readonly url: string, opened: Opened) {
    this.document = opened.document;
    this.published = opened.published;
    this.languages = opened.languages;
    this.changeCount = opened.changes;
    this.savedAt = new Date(opened.saved_at);
    this.#etag = opened.etag;
    this.#sent = copy(opened.document);
    window.addEventListener("beforeunload", (event) => { if (this.dirty) event.preventDefault(); });
    window.addEventListener("pagehide", () => this.#flush());
  }

  /** The draft at `/a/<app>/<form>/design`. */
  static async open(url: string): Promise<Draft> {
    const answer = await fetch(`${url}/document`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(((await answer.json().catch(() => null)) as { message?: string } | null)?.message ?? t("打不开这个表单", "This form cannot be opened"));
    const draft = new Draft(url, (await answer.json()) as Opened);
    draft.#tell("opened");
    return draft;
  }

  /** Whether something is not on the server yet. */
  get dirty(): boolean {
    return !same(this.#sent, this.document);
  }

  get canUndo(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }

  get canRedo(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  /** One step: `edit` changes the form in place. Steps of one `group` that follow each other closely are one. */
  change(label: string, edit: (form: Form) => void, group?: string): void {
    const before = this.document;
    const after = copy(before);
    edit(after);
    const changes = difference(before, after);
    if (!changes.length) return;
    this.document = after;
    const last = this.#done.at(-1);
    if (group && last?.group === group && Date.now() - last.at < TOGETHER) {
      last.changes = difference(apply(before, last.changes, true).document, after);
      last.at = Date.now();
    } else this.#done.push({ label, changes, at: Date.now(), group });
    if (this.#done.length > MOST_STEPS) this.#done.shift();
    this.#undone = [];
    this.#changed();
  }

  /** Take one's own last step back; what somebody else has changed since stays. Answers the step's name. */
  undo(): { label: string; skipped: number } | null {
    return this.#step(this.#done, this.#undone, true);
  }

  redo(): { label: string; skipped: number } | null {
    return this.#step(this.#undone, this.#done, false);
  }

  /** Save now, and wait until everything is there; false where the server refused it. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.dirty || this.#saving) {
      await (this.#saving ??= this.#send().finally(() => { this.#saving = null; }));
      if (this.state === "refused" || this.state === "offline") return false;
    }
    if (this.state === "waiting") this.#now("saved"); /* it was changed back to what is saved already */
    return true;
  }

  #step(from: Step[], to: Step[], back: boolean): { label: string; skipped: number } | null {
    const step = from.pop();
    if (!step) return null;
    const { document, skipped } = apply(this.document, step.changes, back);
    this.document = document as Form;
    to.push({ ...step, group: undefined });
    this.#changed();
    return { label: step.label, skipped };
  }

  #changed(): void {
    this.state = "waiting";
    this.#tell("changed");
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.save(), PAUSE);
  }

  async #send(): Promise<void> {
    const sending = copy(this.document);
    this.#now("saving");
    let answer: Response;
    try {
      answer = await this.#put(sending);
      if (answer.status === 422 && (await answer.clone().json().catch(() => ({}))).errors?.[0]?.code === "unknown_base") answer = await this.#put(sending, { whole: true });
    } catch {
      this.#now("offline");
      this.#timer = window.setTimeout(() => void this.save(), TRY_AGAIN);
      return;
    }
    const said = (await answer.json().catch(() => ({}))) as Answer & Conflict & { code?: string; message?: string; errors?: Fault[] };
    if (answer.ok) return this.#saved(sending, said);
    if (answer.status === 412 && said.code === "stale") return this.#settle(sending, said);
    this.faults = said.errors?.length ? said.errors : [{ pointer: "", code: said.code ?? "error", message: said.message ?? t("没有保存", "Not saved") }];
    this.#now("refused");
  }

  #saved(sending: Form, said: Answer): void {
    this.faults = [];
    this.changeCount = said.changes;
    this.counts = said.counts ?? {};
    this.savedAt = new Date(said.saved_at);
    if (said.merged && said.document) {
      /* Steps made meanwhile are put on top of what came back. */
      const since = difference(sending, this.document);
      this.document = apply(said.document, since).document as Form;
      this.#sent = copy(said.document);
    } else this.#sent = sending;
    this.#etag = said.etag;
    this.#now(this.dirty ? "waiting" : "saved");
    this.#tell(said.merged ? "merged" : "saved");
  }

  /** Both changed the same: shown side by side, and saved again as it was decided. */
  async #settle(sending: Form, conflict: Conflict): Promise<void> {
    const since = difference(sending, this.document); // made while the answer was on its way
    const chosen = await settle(conflict);
    this.document = apply(chosen, since).document as Form;
    this.#sent = copy(conflict.theirs ?? chosen);
    if (conflict.etag) this.#etag = conflict.etag;
    this.#tell("merged");
    if (!this.dirty) await this.#told();
  }

  /** All was decided for the other side: there is nothing to save, but their count of changes holds now. */
  async #told(): Promise<void> {
    const answer = await fetch(`${this.url}/document`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) return;
    const now = (await answer.json()) as Opened;
    this.changeCount = now.changes;
    this.savedAt = new Date(now.saved_at);
    this.#now("saved");
  }

  #flush(): void {
    if (this.dirty && this.state !== "refused") void this.#put(this.document, { keepalive: true }).catch(() => undefined);
  }

  /** Only what has changed since the last save travels. */
  #put(document: Form, { whole = false, keepalive = false } = {}): Promise<Response> {
    const changes = difference(this.#sent, document).map(({ path, after, order }) => (order ? { path, order: order.after } : after === undefined ? { path } : { path, after }));
    return fetch(`${this.url}/document`, {
      method: whole ? "PUT" : "PATCH",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf(), "If-Match": `"${this.#etag}"` },
      body: JSON.stringify(whole ? document : { changes }),
      credentials: "same-origin",
      keepalive,
    });
  }

  #now(state: State): void {
    this.state = state;
    this.#tell("state");
  }

  #tell(reason: string): void {
    document.dispatchEvent(new CustomEvent("jf:draft", { detail: { draft: this, reason } }));
  }
}
