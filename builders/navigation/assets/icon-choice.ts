/** A small sheet of icons; the one that is chosen now is pressed. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";

export function iconChoice(names: string[], now: string, chosen: (name: string) => void): HTMLElement {
  return el("div", { class: "nav-icons", role: "group", "aria-label": t("图标", "Icon") },
    ...names.map((name) => el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": name, "aria-pressed": String(name === now), onclick: () => chosen(name) }, icon(name))));
}
