/** <jf-toast>: a word at the foot of the page; what can be undone can be undone for ten seconds. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";

const STAYS = 4_000;
const UNDO_STAYS = 10_000;
const AFTER_RELOAD = "jf-toast";

export interface Word { text: string; undo?: () => unknown; act?: { label: string; run: () => unknown }; bad?: boolean }

class Toast extends HTMLElement {
  connectedCallback(): void {
    const kept = sessionStorage.getItem(AFTER_RELOAD);
    sessionStorage.removeItem(AFTER_RELOAD);
    if (kept) this.show({ text: kept });
    const said = fromServer();
    if (said) document.dispatchEvent(new CustomEvent("jf:toast", { detail: said }));
  }

  show({ text, undo, act, bad }: Word): void {
    const run = undo ? { label: t("撤销", "Undo"), run: undo } : act;
    const box = el("div", { class: "toast" }, bad && icon("alert-circle"), el("span", {}, text));
    const away = (): void => box.remove();
    if (run) box.append(el("button", { type: "button", onclick: () => { away(); run.run(); } }, run.label));
    while (this.children.length >= 3) this.firstElementChild!.remove();
    this.append(box);
    let timer = setTimeout(away, run ? UNDO_STAYS : STAYS);
    box.addEventListener("pointerenter", () => clearTimeout(timer));
    box.addEventListener("pointerleave", () => { timer = setTimeout(away, STAYS); });
  }
}

/** What the page before this one left to be said, once. */
function fromServer(): unknown {
  const found = /(?:^|; )toast=([^;]*)/.exec(document.cookie)?.[1];
  if (!found) return null;
  document.cookie = "toast=; path=/; max-age=0; samesite=lax";
  try {
    return JSON.parse(decodeURIComponent(found));
  } catch {
    return null;
  }
}

/** Say something from anywhere. */
export function toast(word: Word | string): void {
  document.querySelector<Toast>("jf-toast")?.show(typeof word === "string" ? { text: word } : word);
}

/** Say it on the page that comes next. */
export function toastAfterReload(text: string): void {
  sessionStorage.setItem(AFTER_RELOAD, text);
}

/* The server says it by the header HX-Trigger: {"jf:toast": {"text": "…", "undo": "/url", "undone": "…"}}. */
document.addEventListener("jf:toast", (event) => {
  const { text, undo, bad } = (event as CustomEvent).detail as { text: string; undo?: string; bad?: boolean };
  toast({ text, bad, undo: undo ? () => undoAt(undo) : undefined });
});

async function undoAt(url: string): Promise<void> {
  const { post } = await import("../base/http");
  try {
    await post(url, {});
    toastAfterReload(t("已撤销", "Undone"));
    location.reload();
  } catch (reason) {
    toast({ text: (reason as Error).message, bad: true });
  }
}

customElements.define("jf-toast", Toast);
