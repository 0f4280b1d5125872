/** <jf-walk base record hidden>: previous and next of the list one came from, by press or by K and J. */
import { el, icon } from "../base/dom";
import { count, t } from "../base/language";
import { walkOf } from "../base/walk";

class Walk extends HTMLElement {
  connectedCallback(): void {
    const base = this.getAttribute("base")!;
    const walk = walkOf(base);
    const at = walk?.ids.indexOf(Number(this.getAttribute("record"))) ?? -1;
    if (!walk || at < 0) return;
    const step = (by: number, letter: string, label: string, picture: string): HTMLElement | false => {
      const id = walk.ids[at + by];
      return id !== undefined && el("a", { class: "btn btn-quiet btn-small", href: `${base}/${id}`, "data-key": letter, "aria-label": label, title: label }, icon(picture), el("kbd", {}, letter.toUpperCase()));
    };
    this.replaceChildren(el("span", { class: "second" }, `${count(walk.first + at + 1)} / ${count(walk.total)}`),
      step(-1, "k", t("上一条", "Previous"), "chevron-up") || "", step(1, "j", t("下一条", "Next"), "chevron-down") || "");
    this.hidden = false;
    const back = document.querySelector<HTMLAnchorElement>(".record-head > a[href]");
    if (back && walk.from.startsWith(base)) back.href = walk.from;
  }
}

customElements.define("jf-walk", Walk);
