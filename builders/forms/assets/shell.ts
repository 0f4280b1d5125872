/** <design-shell>: what all tabs of a form have around them: when it was saved, what publishing would change. */
import { el } from "../../../engine/web/assets/base/dom";
import { toast } from "../../../engine/web/assets/elements/toast";
import { t } from "../../../engine/web/assets/base/language";
import { Draft } from "./draft";
import { labelText } from "./labels";

class Shell extends HTMLElement {
  draft: Draft | null = null;
  #publishing = false;
  /** The draft of this page; every tab's own script awaits it. */
  readonly opened: Promise<Draft> = Draft.open(this.getAttribute("url")!);

  connectedCallback(): void {
    document.addEventListener("jf:draft", () => this.#show());
    this.opened.then((draft) => { this.draft = draft; this.#show(); }, (reason) => toast({ text: (reason as Error).message, bad: true }));
    this.querySelector("[data-publish]")?.addEventListener("click", () => void this.#publish());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
      if (link && this.draft?.dirty && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        void this.draft.save().then((saved) => { if (saved) location.href = link.href; });
      }
    });
  }

  #key(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.isComposing || document.querySelector("dialog[open]")) return;
    const publishes = event.key === "Enter";
    if (!publishes && event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    if (!publishes) return void this.draft?.save();
    const active = document.activeElement as HTMLElement | null;
    active?.blur(); // what is being typed counts too
    active?.focus({ preventScroll: true });
    this.querySelector<HTMLButtonElement>("[data-publish]")?.click();
  }

  async #publish(): Promise<void> {
    if (this.#publishing) return; // pressed twice: one dialog
    this.#publishing = true;
    try {
      const draft = await this.opened;
      if (!(await draft.save())) return toast({ text: draft.faults[0]?.message ?? t("还没有保存，不能发布", "Not saved yet, so it cannot be published"), bad: true });
      const { publish } = await import("./publish");
      await publish(this.getAttribute("url")!);
    } finally {
      this.#publishing = false;
    }
  }

  #counted(key: string, number: number): void {
    const tab = this.querySelector(`.design-tabs [data-tab="${CSS.escape(key)}"]`);
    const badge = tab?.querySelector(".badge");
    if (!tab || badge?.textContent === String(number)) return;
    badge?.remove();
    if (number) tab.append(el("span", { class: "badge", "data-color": "grey" }, String(number)));
  }

  #show(): void {
    const { draft } = this;
    if (!draft) return;
    const said = {
      saved: t("表单设计 · 已保存 {time}", "Form design · saved {time}", { time: clock(draft.savedAt) }),
      waiting: t("表单设计 · 正在保存…", "Form design · saving…"),
      saving: t("表单设计 · 正在保存…", "Form design · saving…"),
      refused: t("还没有保存：{why}", "Not saved: {why}", { why: draft.faults[0]?.message ?? "" }),
      offline: t("还没有保存：连不上服务器，会自动重试", "Not saved: the server cannot be reached; trying again"),
    }[draft.state];
    const state = this.querySelector<HTMLElement>("[data-save-state]")!;
    if (state.textContent !== said) state.textContent = said;
    state.title = said;
    state.classList.toggle("danger", draft.state === "refused" || draft.state === "offline");
    this.querySelector("[data-form-name]")!.textContent = labelText(draft.document.name) || draft.document.key;
    for (const [key, number] of Object.entries(draft.counts)) this.#counted(key, number);
    const count = draft.changeCount;
    this.querySelector("[data-change-count]")!.textContent = count ? ` · ${t("{n} 处改动", count === 1 ? "{n} change" : "{n} changes", { n: count })}` : "";
    this.querySelector<HTMLButtonElement>("[data-publish]")!.disabled = !count && draft.state === "saved";
  }
}

function clock(at: Date): string {
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

customElements.define("design-shell", Shell);

/** The draft of this page. */
export function pageDraft(): Promise<Draft> {
  return customElements.whenDefined("design-shell").then(() => document.querySelector<Shell>("design-shell")!.opened);
}
