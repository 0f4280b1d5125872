/** A name or another text that people read, in the languages of the app. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { language } from "../../../engine/web/assets/base/language";
import { id } from "./control";
import type { Put } from "./control";
import { labelIn, labelText, relabelled } from "./labels";

interface LabelWays { hint?: string; long?: boolean; main?: boolean; named?: (typed?: boolean) => void }

const RESTS = 600;

/** A text in the page's language; the other language is one click away. */
export function labelControl(name: string, title: string, value: unknown, set: Put, languages: string[], ways: LabelWays = {}): HTMLElement {
  let now = value;
  const line = (wanted: string, label: string): HTMLInputElement | HTMLTextAreaElement => {
    const input = ways.long ? el("textarea", { class: "input", rows: 3 }) : el("input", { class: "input", autocomplete: "off", maxlength: 200 });
    input.setAttribute("aria-label", label);
    input.value = labelIn(now, wanted);
    input.addEventListener("input", () => { now = relabelled(now, wanted, input.value); set(now); });
    return input;
  };
  const first = line(language, title);
  if (!first.value && now) first.placeholder = labelText(now);
  else if (ways.hint) first.placeholder = ways.hint;
  if (ways.main) {
    first.setAttribute("data-name", "");
    let timer = 0;
    const resting = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(() => first.isConnected && first.value.trim() && ways.named?.(true), RESTS);
    };
    first.addEventListener("input", (event) => (event as InputEvent).isComposing || resting());
    first.addEventListener("compositionend", resting);
    first.addEventListener("change", () => {
      clearTimeout(timer);
      ways.named?.();
    });
  }
  const other = languages.find((one) => one !== language) ?? (language === "en" ? "zh-CN" : "en");
  const called = other === "en" ? "English" : "中文";
  const second = el("div", { class: "other-language", hidden: true });
  const button = el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", title: called, "aria-label": `${title} · ${called}`, "aria-expanded": "false", onclick: () => {
    second.hidden = !second.hidden;
    button.setAttribute("aria-expanded", String(!second.hidden));
    if (!second.childElementCount) second.append(el("span", { class: "caption" }, called), line(other, `${title} · ${called}`));
    if (!second.hidden) second.querySelector<HTMLElement>("input, textarea")!.focus();
  } }, icon("language"));
  first.id = id(name);
  return el("div", { class: "property", "data-property": name }, el("div", { class: "property-title" }, el("label", { class: "label", for: first.id }, title), button), first, second);
}
