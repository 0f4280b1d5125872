/** <jf-address url levels><input>: province, city and district to choose, the rest to type; the input keeps all of it as one text. */
import { el } from "../base/dom";
import { get } from "../base/http";
import { t } from "../base/language";

/** Names with what lies below them; a list ends the way down. */
type Tree = { [name: string]: Tree | string[] | 0 };

const DEPTH: Record<string, number> = { province: 1, city: 2, district: 3, detail: 3 };
let known: Promise<Tree> | null = null;

class Address extends HTMLElement {
  #tree: Tree = {};
  #selects: HTMLSelectElement[] = [];
  #detail!: HTMLInputElement;
  #written: string | null = null;

  async connectedCallback(): Promise<void> {
    if (!this.#stored || this.#selects.length) return;
    try {
      this.#tree = await (known ??= get<Tree>(this.getAttribute("url")!));
    } catch {
      known = null;
      return; /* The one text input does it too. */
    }
    this.#draw();
    this.#stored.addEventListener("change", () => this.#read());
  }

  get #stored(): HTMLInputElement {
    return this.querySelector<HTMLInputElement>("input[name]")!;
  }

  #draw(): void {
    const stored = this.#stored;
    const label = this.getAttribute("label") ?? "";
    const names = [t("省", "Province"), t("市", "City"), t("区县", "District")];
    this.#selects = names.slice(0, DEPTH[this.getAttribute("levels") ?? "detail"]).map((name, at) => {
      const select = el("select", { class: "input form-select", "aria-label": `${label} ${name}` }) as HTMLSelectElement;
      select.addEventListener("change", (event) => {
        event.stopPropagation();
        this.#fill(at + 1, []);
        this.#write();
      });
      return select;
    });
    this.#detail = el("input", { class: "input", type: "text", placeholder: stored.placeholder, "aria-label": `${label} ${t("详细地址", "Street and number")}`, autocomplete: "off" });
    this.#detail.hidden = this.getAttribute("levels") !== "detail";
    for (const kind of ["input", "change"] as const) {
      this.#detail.addEventListener(kind, (event) => {
        event.stopPropagation();
        if (!(event as InputEvent).isComposing) this.#write(kind);
      });
    }
    this.#detail.addEventListener("compositionend", () => this.#write());
    stored.type = "hidden";
    this.classList.add("address");
    this.append(...this.#selects, this.#detail);
    this.#read();
  }

  /** Take apart what is stored; written so that names stand apart by spaces. */
  #read(): void {
    if (this.#stored.value === this.#written) return;
    const words = this.#stored.value.trim().split(/\s+/);
    const chosen: string[] = [];
    let at: Tree | string[] | 0 = this.#tree;
    while (words.length && chosen.length < 3 && at && (Array.isArray(at) ? at.includes(words[0]) : words[0] in at)) {
      const name: string = words.shift()!;
      at = Array.isArray(at) ? 0 : at[name];
      chosen.push(name);
    }
    this.#fill(0, chosen);
    this.#detail.value = words.join(" ");
    this.#written = this.#stored.value;
  }

  /** Offer what lies below the choices so far, from the select at `from` on; a province without cities skips that step. */
  #fill(from: number, chosen: string[]): void {
    const names = chosen.length ? chosen : this.#selects.slice(0, from).map((one) => one.value).filter(Boolean);
    let below: Tree | string[] | 0 = this.#tree;
    this.#selects.forEach((select, at) => {
      const offered: string[] = !below ? [] : Array.isArray(below) ? below : Object.keys(below);
      const value = names[at] ?? "";
      select.replaceChildren(el("option", { value: "" }, t("请选择", "Choose")), ...offered.map((name) => el("option", { value: name }, name)));
      select.value = value;
      select.hidden = at > 0 && !offered.length;
      below = value && below && !Array.isArray(below) ? below[value] : 0;
    });
  }

  #write(kind = "input"): void {
    const text = [...this.#selects.map((one) => one.value), this.#detail.value.trim()].filter(Boolean).join(" ");
    this.#stored.value = this.#written = text;
    this.#stored.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

customElements.define("jf-address", Address);
