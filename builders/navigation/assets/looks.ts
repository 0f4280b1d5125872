/** The app's name in both languages, its icon and its accent. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { labelIn, relabelled } from "../../forms/assets/labels";
import type { App, Change, Surroundings } from "./app";
import { iconChoice } from "./icon-choice";

const NAMES: Record<string, string> = {
  indigo: t("靛蓝", "Indigo"), blue: t("蓝", "Blue"), cyan: t("青", "Cyan"), green: t("绿", "Green"), amber: t("琥珀", "Amber"), red: t("红", "Red"), violet: t("紫", "Violet"),
};

export function looks(box: HTMLElement, app: App, around: Surroundings, change: Change): void {
  if (!box.childElementCount) box.append(...["zh-CN", "en"].map((one) => name(app, one, change)), el("div", { class: "field", "data-icon": true }), el("div", { class: "field", "data-accent-choice": true }));
  for (const input of box.querySelectorAll<HTMLInputElement>("input[data-language-of]")) if (document.activeElement !== input) input.value = labelIn(app.name, input.dataset.languageOf!);
  const icons = el("div", { class: "field" }, el("span", { class: "label" }, t("图标", "Icon")), iconChoice(around.icons, app.icon ?? "apps", (chosen) => change(t("换图标", "Change the icon"), (now) => { now.icon = chosen; })));
  keep(box.querySelector("[data-icon]")!, icons.childNodes);
  const value = (app.accent ?? around.accents[0].value).toLowerCase();
  const chosen = around.accents.find((one) => one.value === value)?.name;
  keep(box.querySelector("[data-accent-choice]")!, el("div", {}, el("span", { class: "label" }, t("主题色", "Accent colour")),
    el("div", { class: "row wrap", role: "group", "aria-label": t("主题色", "Accent colour") }, ...around.accents.map((one) => el("button", {
      type: "button", class: "nav-accent", "data-accent-of": one.name, "aria-label": NAMES[one.name] ?? one.name, title: NAMES[one.name] ?? one.name, "aria-pressed": String(one.name === chosen),
      onclick: () => change(t("换主题色", "Change the accent colour"), (now) => { now.accent = one.value; }),
    })))).childNodes);
}

function name(app: App, wanted: string, change: Change): HTMLElement {
  const input = el("input", { class: "input", id: `app-name-${wanted}`, "data-language-of": wanted, value: labelIn(app.name, wanted), maxlength: 100, autocomplete: "off" });
  input.addEventListener("input", () => {
    if (input.value.trim() || labelIn(app.name, wanted === "en" ? "zh-CN" : "en")) change(t("应用改名", "Rename the app"), (now) => { now.name = relabelled(now.name, wanted, input.value.trim()) ?? now.name; }, `name-${wanted}`);
  });
  return el("div", { class: "field" }, el("label", { class: "label", for: input.id }, wanted === "en" ? t("英文名称", "Name in English") : t("应用名称（中文）", "Name in Chinese")), input);
}

/** The same buttons anew; the one that had the focus keeps it. */
function keep(box: HTMLElement, nodes: NodeListOf<ChildNode>): void {
  const at = [...box.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement);
  box.replaceChildren(...nodes);
  if (at >= 0) box.querySelectorAll("button")[at]?.focus();
}
