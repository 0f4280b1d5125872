/** <jf-place><input><button data-here>: puts the position of this device in front of what the place is called. */
import { t } from "../base/language";
import { toast } from "../elements/toast";

class Place extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("[data-here]")?.addEventListener("click", () => this.#ask());
  }

  get input(): HTMLInputElement {
    return this.querySelector("input")!;
  }

  #ask(): void {
    const button = this.querySelector<HTMLButtonElement>("[data-here]")!;
    if (!navigator.geolocation) return toast({ bad: true, text: t("这个浏览器不能定位", "This browser cannot tell its position") });
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.removeAttribute("aria-busy");
        this.#put(coords.latitude, coords.longitude);
      },
      (reason) => {
        button.removeAttribute("aria-busy");
        toast({ bad: true, text: reason.code === reason.PERMISSION_DENIED ? t("请允许浏览器使用位置", "Allow the browser to use your position") : t("没有得到位置，请再试一次", "The position was not found; try again") });
      },
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
    );
  }

  #put(lat: number, lng: number): void {
    const called = this.input.value.replace(/^\s*-?[\d.]+\s*[,;]\s*-?[\d.]+\s*/, "").trim();
    this.input.value = `${lat.toFixed(6)},${lng.toFixed(6)} ${called}`.trim();
    for (const kind of ["input", "change"]) this.input.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

customElements.define("jf-place", Place);
