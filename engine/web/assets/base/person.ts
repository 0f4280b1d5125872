import { el } from "./dom";

/** A person's avatar; the ground is counted as engine/web/layout.py does. */
export function avatar(name: string): HTMLElement {
  const sum = [...name].reduce((total, letter) => total + letter.codePointAt(0)!, 0);
  return el("span", { class: "avatar", "data-face": (sum % 6) + 1, "aria-hidden": "true" }, (name.trim()[0] ?? "?").toUpperCase());
}

/** Avatar and name. */
export function person(name: string): HTMLElement {
  return el("span", { class: "person" }, avatar(name), el("span", {}, name));
}
