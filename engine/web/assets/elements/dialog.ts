/** <jf-dialog name="x">: shows its <dialog> when somebody asks for "x"; `confirmed()` asks before what cannot be undone. */
import { el } from "../base/dom";
import { t } from "../base/language";

class Dialog extends HTMLElement {
  #shown = (event: Event): void => {
    if ((event as CustomEvent).detail?.name === this.getAttribute("name")) this.open();
  };

  connectedCallback(): void {
    document.addEventListener("jf:show", this.#shown);
    this.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target.closest("[data-close]") || target === this.dialog) this.close();
    });
  }

  disconnectedCallback(): void {
    document.removeEventListener("jf:show", this.#shown);
  }

  get dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }

  open(): void {
    if (this.dialog && !this.dialog.open) this.dialog.showModal();
  }

  close(): void {
    this.dialog?.close();
  }
}

/** Ask once; only for what no undo brings back, naming what will be lost. */
export function confirmed(title: string, lost: string, act: string, tone = "danger"): Promise<boolean> {
  return new Promise((resolve) => {
    const yes = el("button", { class: tone === "danger" ? "btn btn-danger" : "btn btn-primary", value: "yes" }, act);
    const dialog = el("dialog", { class: "dialog", "aria-label": title },
      el("form", { method: "dialog" },
        el("div", { class: "dialog-header" }, el("h2", {}, title)),
        el("div", { class: "dialog-body" }, lost),
        el("div", { class: "dialog-footer" }, el("button", { class: "btn", value: "no", autofocus: true }, t("取消", "Cancel")), yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/* <form data-confirm="title" data-lost="…" data-act="…" data-tone="…"> asks before it is sent. */
document.addEventListener("submit", async (event) => {
  const form = event.target as HTMLFormElement;
  const { confirm, lost = "", act, tone } = form.dataset;
  if (!confirm || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await confirmed(confirm, lost, act ?? t("删除", "Delete"), tone)) {
    form.dataset.confirmed = "yes";
    form.requestSubmit((event as SubmitEvent).submitter);
  }
}, true);

customElements.define("jf-dialog", Dialog);
