/** <jf-sign name url label>: a sheet to sign on by finger or mouse; the picture is sent and its id kept as a hidden input. */
import SignaturePad from "signature_pad";
import { el, icon } from "../base/dom";
import { csrf } from "../base/http";
import { t } from "../base/language";
import { toast } from "../elements/toast";

class Sign extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (target.closest("[data-sign]")) this.#open();
      const remove = target.closest("[data-remove-file]");
      if (!remove) return;
      remove.closest("li")!.remove();
      this.#changed();
    });
  }

  #open(): void {
    const canvas = el("canvas", { class: "sign-sheet", "aria-label": t("在这里签名", "Sign here") });
    const keep = el("button", { type: "button", class: "btn btn-primary" }, t("完成", "Done"));
    const again = el("button", { type: "button", class: "btn" }, t("重写", "Start again"));
    const close = el("button", { type: "button", class: "btn btn-quiet" }, t("取消", "Cancel"));
    const title = this.getAttribute("label") ?? t("签名", "Signature");
    const dialog = el("dialog", { class: "dialog wide", "aria-label": title },
      el("div", { class: "dialog-header" }, el("h2", {}, title)),
      el("div", { class: "dialog-body" }, canvas),
      el("div", { class: "dialog-footer" }, close, again, keep));
    document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d")!.scale(ratio, ratio);
    const pad = new SignaturePad(canvas, { penColor: "black" });
    again.addEventListener("click", () => pad.clear());
    close.addEventListener("click", () => dialog.close());
    keep.addEventListener("click", async () => {
      if (pad.isEmpty()) return toast({ bad: true, text: t("还没有签名", "Nothing is signed yet") });
      keep.setAttribute("aria-busy", "true");
      if (await this.#send(canvas)) dialog.close();
      keep.removeAttribute("aria-busy");
    });
  }

  async #send(canvas: HTMLCanvasElement): Promise<boolean> {
    const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!picture) return false;
    const body = new FormData();
    body.append("file", picture, "signature.png");
    try {
      const answer = await fetch(this.getAttribute("url")!, { method: "POST", headers: { "X-CSRF-Token": csrf(), Accept: "application/json" }, body });
      const sent = (await answer.json()) as { id: string; url: string; message?: string };
      if (!answer.ok) throw new Error(sent.message);
      this.#show(sent.id, sent.url);
      return true;
    } catch (reason) {
      toast({ bad: true, text: (reason as Error).message || t("签名没有传上去，请检查网络", "The signature was not sent; check your connection") });
      return false;
    }
  }

  #show(id: string, url: string): void {
    const label = t("签名", "Signature");
    this.querySelector(".files")!.replaceChildren(el("li", { "data-file": id },
      el("a", { href: url, target: "_blank", rel: "noopener" }, el("img", { class: "thumbnail signature", src: `${url}?size=medium`, alt: label })),
      el("input", { type: "hidden", name: this.getAttribute("name"), value: id }),
      el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "data-remove-file": true, "aria-label": t("移除", "Remove") }, icon("x"))));
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("jf-sign", Sign);
