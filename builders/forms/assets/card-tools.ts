/** The small bar above the selected field, and the menu of places where the selected can go. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { popover } from "../../../engine/web/assets/base/popover";
import type { Editing } from "./editing";

/** `open` shows the properties where they are not beside the canvas. */
export function toolbar(editing: () => Editing, open: () => void): HTMLElement {
  const button = (sign: SVGSVGElement, label: string, run: (anchor: HTMLElement) => void): HTMLElement => {
    const made = el("button", { type: "button", class: "no-drag", tabindex: -1, title: label, "aria-label": label }, sign);
    made.addEventListener("click", (event) => {
      event.stopPropagation();
      run(made);
    });
    return made;
  };
  const properties = button(icon("adjustments-horizontal"), t("属性", "Properties"), open);
  properties.classList.add("only-phone");
  return el("div", { class: "card-tools", role: "toolbar", "aria-label": t("字段操作", "Field") },
    el("span", { class: "grip", "aria-hidden": "true", title: t("拖动", "Drag") }, icon("grip-vertical")),
    properties,
    button(icon("copy"), t("复制", "Duplicate"), () => editing().double()),
    button(icon("arrows-move"), t("移动", "Move"), (anchor) => moveMenu(anchor, editing())),
    button(icon("trash"), t("删除", "Delete"), () => editing().takeOut()));
}

export function moveMenu(anchor: HTMLElement, editing: Editing): void {
  const places = editing.steps().filter((one) => one.run);
  if (!places.length) return;
  const { box, close } = popover(anchor, t("移动", "Move"), places.map((one) => el("button", { type: "button", role: "menuitem", class: "menu-item", onclick: () => { close(); one.run!(); } }, one.label, one.keys ? el("kbd", {}, one.keys) : null)), { menu: true });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const items = [...box.querySelectorAll<HTMLElement>("button")];
    items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length].focus();
  });
}
