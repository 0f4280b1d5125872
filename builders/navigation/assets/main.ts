/** <app-navigation>: an app's navigation, looks and landing pages, saved as a draft while one works, then published. */
import { csrf } from "../../../engine/web/assets/base/http";
import { get } from "../../../engine/web/assets/base/http";
import { typing } from "../../../engine/web/assets/base/dom";
import { language, t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import { Draft } from "../../forms/assets/draft";
import { appOf } from "./app";
import type { App, Change, Surroundings } from "./app";
import { Groups } from "./groups";
import { landing } from "./landing";
import { looks } from "./looks";

class Navigation extends HTMLElement {
  #draft!: Draft;
  #around!: Surroundings;
  #groups!: Groups;

  async connectedCallback(): Promise<void> {
    const url = this.getAttribute("url")!;
    try {
      [this.#draft, this.#around] = await Promise.all([Draft.open(url), get<Surroundings>(`${url}/surroundings`)]);
    } catch (reason) {
      return toast({ text: (reason as Error).message, bad: true });
    }
    this.#groups = new Groups(this.#part("groups"), this.#around, this.#change, (text) => { this.#part("announce").textContent = text; });
    document.addEventListener("jf:draft", (event) => this.#told((event as CustomEvent<{ reason: string }>).detail.reason));
    this.#part("add-group").addEventListener("click", () => this.#addGroup());
    (this.#part("add-group") as HTMLButtonElement).disabled = false; // before, a click would have gone nowhere
    this.#part("undo").addEventListener("click", () => this.#draft.undo());
    this.#part("redo").addEventListener("click", () => this.#draft.redo());
    this.#part("publish").addEventListener("click", () => void this.#publish());
    this.#part("discard").addEventListener("click", () => void this.#discard());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#draw();
    this.#state();
  }

  readonly #change: Change = (label, edit, group) => this.#draft.change(label, (form) => edit(form as unknown as App), group);

  #part(name: string): HTMLElement {
    return this.querySelector<HTMLElement>(`[data-${name}]`)!;
  }

  #told(reason: string): void {
    if (reason === "changed" || reason === "merged") this.#draw();
    this.#state();
  }

  #draw(): void {
    const app = appOf(this.#draft);
    const naming = document.activeElement instanceof HTMLInputElement && this.#part("groups").contains(document.activeElement);
    if (!naming) this.#groups.draw(app);
    looks(this.#part("looks"), app, this.#around, this.#change);
    landing(this.#part("landing"), app, this.#around, this.#change);
    const accent = this.#around.accents.find(({ value }) => value === app.accent?.toLowerCase())?.name;
    if (accent && accent !== this.#around.accents[0].name) document.documentElement.dataset.accent = accent;
    else delete document.documentElement.dataset.accent;
  }

  #state(): void {
    const draft = this.#draft;
    const time = draft.savedAt.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
    const said = {
      saved: draft.changeCount ? t("草稿已保存 {time}", "Draft saved {time}", { time }) : "",
      waiting: t("正在保存…", "Saving…"), saving: t("正在保存…", "Saving…"),
      refused: t("还没有保存：{why}", "Not saved: {why}", { why: draft.faults[0]?.message ?? "" }),
      offline: t("还没有保存：连不上服务器，会自动重试", "Not saved: the server cannot be reached; trying again"),
    }[draft.state];
    const state = this.#part("save-state");
    if (state.textContent !== said) state.textContent = said;
    state.classList.toggle("danger", draft.state === "refused" || draft.state === "offline");
    (this.#part("undo") as HTMLButtonElement).disabled = !draft.canUndo;
    (this.#part("redo") as HTMLButtonElement).disabled = !draft.canRedo;
    (this.#part("publish") as HTMLButtonElement).disabled = !draft.changeCount && draft.state === "saved";
    this.#part("discard").hidden = !draft.changeCount;
    this.#part("change-count").textContent = draft.changeCount ? ` · ${t("{n} 处改动", "{n} changes", { n: draft.changeCount })}` : "";
  }

  #addGroup(): void {
    const groups = appOf(this.#draft).navigation ?? [];
    let number = groups.length + 1;
    while (groups.some(({ key }) => key === `group_${number}`)) number++;
    this.#change(t("新建分组", "New group"), (app) => { (app.navigation ??= []).push({ key: `group_${number}`, label: { [language]: t("新分组", "New group") }, items: [] }); });
    const input = this.querySelector<HTMLInputElement>(`[data-focus="name-group_${number}"]`);
    input?.focus();
    input?.select();
  }

  #key(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || typing(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) this.#draft.undo();
    else if (key === "y" || (key === "z" && event.shiftKey)) this.#draft.redo();
    else return;
    event.preventDefault();
  }

  async #publish(): Promise<void> {
    if (!(await this.#draft.save())) return toast({ text: this.#draft.faults[0]?.message ?? t("还没有保存，不能发布", "Not saved yet, so it cannot be published"), bad: true });
    await this.#send("POST", "publication");
  }

  async #discard(): Promise<void> {
    await this.#draft.save();
    await this.#send("DELETE", "draft");
  }

  /** Both end with the page as it is now: the navigation beside it shows what is live. */
  async #send(method: string, what: string): Promise<void> {
    const answer = await fetch(`${this.getAttribute("url")}/${what}`, { method, credentials: "same-origin", headers: { "X-CSRF-Token": csrf(), Accept: "application/json" } });
    if (answer.ok) return location.reload();
    const said = (await answer.json().catch(() => ({}))) as { message?: string; errors?: { message: string }[] };
    toast({ bad: true, text: [said.message, ...(said.errors ?? []).map(({ message }) => message)].filter(Boolean).join(" ") || t("没有成功，请重试", "That did not work; try again") });
  }
}

customElements.define("app-navigation", Navigation);
