/** <jf-scan><input><button data-scan>: reads a QR or bar code by the camera, or from a picture where there is none. */
import { el } from "../base/dom";
import { t } from "../base/language";
import { toast } from "../elements/toast";

interface Detector { detect(source: CanvasImageSource | Blob): Promise<{ rawValue: string }[]> }
declare const BarcodeDetector: { new (): Detector; getSupportedFormats(): Promise<string[]> } | undefined;

class Scan extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("[data-scan]")?.addEventListener("click", () => void this.#open());
  }

  get input(): HTMLInputElement {
    return this.querySelector("input")!;
  }

  async #open(): Promise<void> {
    const video = el("video", { class: "scan-view", playsinline: true, muted: true });
    const file = el("input", { type: "file", accept: "image/*", class: "visually-hidden" });
    const close = el("button", { type: "button", class: "btn" }, t("取消", "Cancel"));
    const title = t("扫码", "Scan a code");
    const dialog = el("dialog", { class: "dialog", "aria-label": title },
      el("div", { class: "dialog-header" }, el("h2", {}, title)),
      el("div", { class: "dialog-body" }, video),
      el("div", { class: "dialog-footer" }, el("label", { class: "btn" }, t("用图片识别", "Read a picture"), file), close));
    document.body.append(dialog);
    const ended = new AbortController();
    dialog.addEventListener("close", () => {
      ended.abort();
      dialog.remove();
    });
    close.addEventListener("click", () => dialog.close());
    dialog.showModal();
    const found = (text: string): void => {
      if (ended.signal.aborted) return;
      dialog.close();
      this.#put(text);
    };
    file.addEventListener("change", async () => {
      const text = file.files?.[0] && (await ofPicture(file.files[0]));
      if (text) found(text);
      else toast({ bad: true, text: t("图片里没有认出码", "No code was found in the picture") });
    });
    try {
      await watch(video, ended.signal, found);
    } catch {
      if (ended.signal.aborted) return;
      video.replaceWith(el("p", { class: "second" }, t("没有可用的摄像头，可以选一张图片来识别", "There is no camera to use; choose a picture instead")));
    }
  }

  #put(text: string): void {
    this.input.value = text.slice(0, 500);
    for (const kind of ["input", "change"]) this.input.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

/** The browser's own reader where it works; elsewhere one in script, which is only fetched then. */
async function native(): Promise<Detector | null> {
  if (typeof BarcodeDetector === "undefined") return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.length ? new BarcodeDetector() : null;
}

async function watch(video: HTMLVideoElement, ended: AbortSignal, found: (text: string) => void): Promise<void> {
  const detector = await native();
  if (!detector) {
    const { BrowserMultiFormatReader } = await import("@zxing/browser");
    const controls = await new BrowserMultiFormatReader().decodeFromConstraints({ video: { facingMode: "environment" } }, video, (result) => {
      if (result) found(result.getText());
    });
    if (ended.aborted) controls.stop();
    else ended.addEventListener("abort", () => controls.stop());
    return;
  }
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const stop = (): void => stream.getTracks().forEach((track) => track.stop());
  if (ended.aborted) return stop();
  ended.addEventListener("abort", stop);
  video.srcObject = stream;
  await video.play();
  while (!ended.aborted) {
    const [code] = await detector.detect(video).catch(() => []);
    if (code?.rawValue) return found(code.rawValue);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

async function ofPicture(file: File): Promise<string> {
  const detector = await native();
  if (detector) return (await detector.detect(await createImageBitmap(file)).catch(() => []))[0]?.rawValue ?? "";
  const { BrowserMultiFormatReader } = await import("@zxing/browser");
  const url = URL.createObjectURL(file);
  try {
    return (await new BrowserMultiFormatReader().decodeFromImageUrl(url)).getText();
  } catch {
    return "";
  } finally {
    URL.revokeObjectURL(url);
  }
}

customElements.define("jf-scan", Scan);
