/** The publish dialog: what will change, what else it needs, who may use a new form. */
import { el } from "../../../engine/web/assets/base/dom";
import { csrf } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";

/** Show the dialog that the server makes, and publish as it was answered. */
export async function publish(url: string): Promise<void> {
  const answer = await fetch(`${url}/publish`, { credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return toast({ text: t("打不开发布窗口，请重试", "The dialog cannot be opened; try again"), bad: true });
  const dialog = el("dialog", { class: "dialog publish-dialog", "aria-label": t("发布", "Publish") });
  dialog.append(document.createRange().createContextualFragment(await answer.text()));
  dialog.addEventListener("click", (event) => { if ((event.target as Element).closest("[data-close]")) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("change", () => {
    const roles = dialog.querySelector<HTMLElement>("[data-roles]");
    if (roles) roles.hidden = dialog.querySelector<HTMLInputElement>("input[name=audience]:checked")?.value !== "roles";
  });
  dialog.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(dialog, url, event.target as HTMLFormElement);
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector<HTMLElement>("[data-first]")?.focus();
}

async function send(dialog: HTMLDialogElement, url: string, form: HTMLFormElement): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]")!;
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const answer = await fetch(`${url}/publish`, { method: "POST", body: new FormData(form), credentials: "same-origin", headers: { "X-CSRF-Token": csrf(), Accept: "application/json" } }).catch(() => null);
  const said = ((await answer?.json().catch(() => null)) ?? {}) as { message?: string; errors?: { message: string }[]; url?: string; jobs?: string[] };
  if (answer?.ok && said.url) {
    dialog.close();
    /* What is left to do on the data goes along from page to page until it is done. */
    const title = t("正在按新的设计整理数据", "Putting the data in order");
    for (const job of said.jobs ?? []) document.dispatchEvent(new CustomEvent("jf:follow", { detail: { url: job, title } }));
    location.href = said.url;
    return;
  }
  button.removeAttribute("aria-busy");
  const box = dialog.querySelector<HTMLElement>("[data-refused]")!;
  box.replaceChildren(el("b", {}, said.message ?? (answer ? t("没有发布", "Not published") : t("连不上服务器，请检查网络后重试", "The server cannot be reached; check your connection and try again"))), el("ul", { class: "plain-list" }, ...(said.errors ?? []).map((one) => el("li", {}, one.message))));
  box.hidden = false;
}
