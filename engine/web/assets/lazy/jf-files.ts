/** <jf-files name url most max-size pictures camera>: sends chosen, dropped or pasted files, shows their progress, keeps their ids as hidden inputs. */
import { el, icon } from "../base/dom";
import { csrf } from "../base/http";
import { count, t } from "../base/language";
import { toast } from "../elements/toast";

interface Sent { id: number | string; name: string; url?: string; files?: Sent[] }

const MEGABYTE = 1_048_576;
/** Below this many bytes a picture is sent as it is; above, its longer side gets this many pixels at most. */
const SMALL = 800_000;
const LONGEST = 2560;

class Files extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    const accept = this.getAttribute("accept");
    if (input && accept) input.accept = accept;
    else if (input && this.hasAttribute("pictures")) input.accept = "image/*";
    input?.addEventListener("change", () => {
      this.#send([...(input.files ?? [])]);
      input.value = "";
    });
    this.addEventListener("click", (event) => {
      const remove = (event.target as Element).closest("[data-remove-file]");
      if (!remove) return;
      remove.closest("li")!.remove();
      this.#changed();
    });
    if (!input || this.hasAttribute("camera")) return; // what the camera takes is neither dropped nor pasted
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.classList.add("dropping");
    });
    this.addEventListener("dragleave", () => this.classList.remove("dropping"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.classList.remove("dropping");
      this.#send([...(event.dataTransfer?.files ?? [])]);
    });
    this.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) this.#send(files);
    });
  }

  get list(): HTMLElement {
    return this.querySelector(".files")!;
  }

  #send(files: File[]): void {
    const most = Number(this.getAttribute("most")) || Infinity;
    const size = Number(this.getAttribute("max-size")) || Infinity;
    for (const file of files) {
      if (this.list.children.length >= most) return toast({ bad: true, text: t("最多 {n} 个文件", "At most {n} files", { n: most }) });
      if (file.size > size * MEGABYTE) toast({ bad: true, text: t("“{name}”超过 {n} MB", "“{name}” is larger than {n} MB", { name: file.name, n: size }) });
      else void smaller(file, this.hasAttribute("pictures")).then((sent) => this.#upload(sent));
    }
  }

  /** XMLHttpRequest, because fetch tells no progress of what it sends. */
  #upload(file: File): void {
    const bar = el("progress", { class: "progress", max: file.size || 1, "aria-label": file.name });
    const request = new XMLHttpRequest();
    const line = el("li", { class: "file-line" }, el("span", { class: "truncate" }, file.name), bar,
      el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("取消", "Cancel"), onclick: () => { request.abort(); line.remove(); } }, icon("x")));
    this.list.append(line);
    request.upload.addEventListener("progress", (event) => { bar.value = event.loaded; });
    request.addEventListener("load", () => this.#done(request, line, file));
    request.addEventListener("error", () => this.#failed(line, t("“{name}”没有传上去，请检查网络", "“{name}” was not sent; check your connection", { name: file.name })));
    request.open("POST", this.getAttribute("url")!);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Accept", "application/json");
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  }

  #done(request: XMLHttpRequest, line: HTMLElement, file: File): void {
    const answer = read(request.responseText);
    const sent = answer?.files?.[0] ?? answer;
    if (request.status >= 300 || !sent?.id) {
      const message = (answer as unknown as { message?: string; detail?: string } | null);
      return this.#failed(line, message?.message ?? message?.detail ?? t("“{name}”没有传上去（{status}）", "“{name}” was not sent ({status})", { name: file.name, status: count(request.status) }));
    }
    const url = sent.url ?? `/files/${sent.id}`;
    const shown = this.hasAttribute("pictures") ? el("img", { class: "thumbnail", src: `${url}?size=medium`, alt: sent.name }) : sent.name;
    line.replaceChildren(el("a", { href: url }, shown), el("input", { type: "hidden", name: this.getAttribute("name"), value: String(sent.id) }),
      el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "data-remove-file": true, "aria-label": t("移除", "Remove") }, icon("x")));
    this.#changed();
  }

  #failed(line: HTMLElement, text: string): void {
    line.remove();
    toast({ bad: true, text });
  }

  #changed(): void {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** A photo as large as one can see it; phones take them several times larger. What does not shrink is sent as it is. */
async function smaller(file: File, picture: boolean): Promise<File> {
  if (!picture || file.size < SMALL || !/^image\/(jpeg|png|webp|heic)$/.test(file.type)) return file;
  try {
    const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(whole.width, whole.height));
    const canvas = el("canvas", { width: Math.round(whole.width * scale), height: Math.round(whole.height * scale) });
    canvas.getContext("2d")!.drawImage(whole, 0, 0, canvas.width, canvas.height);
    whole.close();
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

function read(text: string): Sent | null {
  try {
    return JSON.parse(text) as Sent;
  } catch {
    return null;
  }
}

customElements.define("jf-files", Files);
