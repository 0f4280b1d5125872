/** The options of a field: Enter goes on to the next, pasted lines become options, each with a colour. */
import Sortable from "sortablejs";
import { el, icon } from "../../../engine/web/assets/base/dom";
import { language, t } from "../../../engine/web/assets/base/language";
import { popover } from "../../../engine/web/assets/base/popover";
import type { Context, Put } from "./control";
import { labelText, relabelled } from "./labels";

interface Option { value: string; label?: unknown; color?: string }
const COLORS: [string, string][] = [["blue", t("蓝", "Blue")], ["green", t("绿", "Green")], ["amber", t("黄", "Amber")], ["red", t("红", "Red")], ["violet", t("紫", "Violet")], ["cyan", t("青", "Cyan")], ["grey", t("灰", "Grey")]];
const PROPOSED = /^(选项|Option) \d+$/;

export function optionsEditor(value: unknown, set: Put, context: Context): HTMLElement {
  let options = ((value as Option[] | undefined) ?? []).map((one) => ({ ...one }));
  const kept = new Set(publishedOptions(context));
  const list = el("div", { class: "options" });
  const keep = (): void => set(options.map((one) => ({ ...one })));
  const draw = (focus?: number): void => {
    list.replaceChildren(...options.map(line));
    if (focus !== undefined) inputs()[focus]?.focus();
  };
  // A name that was only proposed is selected with the focus, so that typing replaces it.
  const isProposed = (option: Option): boolean => !kept.has(option.value) && PROPOSED.test(labelText(option.label));
  const inputs = (): HTMLInputElement[] => [...list.querySelectorAll<HTMLInputElement>(".option-name")];
  const add = (at: number, names: string[]): void => {
    options.splice(at, 0, ...names.map((name) => made(name, options)));
    keep();
    draw(at + names.length - 1);
  };
  const fresh = (lines: string[]): string[] => {
    const known = new Set(options.map((one) => labelText(one.label) || one.value));
    return [...new Set(lines)].filter((one) => !known.has(one));
  };
  const line = (option: Option, number: number): HTMLElement => {
    const input = el("input", { class: "input option-name", value: labelText(option.label) || option.value, autocomplete: "off", maxlength: 100, "aria-label": t("选项 {n}", "Option {n}", { n: number + 1 }) });
    input.addEventListener("focus", () => { if (isProposed(option)) input.select(); });
    input.addEventListener("mousedown", (event) => {
      if (document.activeElement === input || !isProposed(option)) return;
      event.preventDefault(); // or the click would put the caret into the selected name
      input.focus();
    });
    input.addEventListener("input", () => {
      option.label = relabelled(isProposed(option) ? undefined : option.label, language, input.value.trim()) ?? undefined;
      if (!option.label) delete option.label;
      if (!kept.has(option.value) && input.value.trim()) option.value = freeValue(input.value.trim(), options, option);
      keep();
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") {
        event.preventDefault();
        if (options[number + 1] && isProposed(options[number + 1])) inputs()[number + 1]?.focus();
        else add(number + 1, [""]);
      }
      else if (event.key === "Backspace" && !input.value && options.length > 1) { event.preventDefault(); options.splice(number, 1); keep(); draw(Math.max(0, number - 1)); }
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        event.preventDefault();
        if (event.altKey && options[number + step]) { options.splice(number + step, 0, ...options.splice(number, 1)); keep(); draw(number + step); }
        else inputs()[number + step]?.focus();
      }
    });
    input.addEventListener("paste", (event) => {
      const lines = (event.clipboardData?.getData("text/plain") ?? "").split(/\r?\n|\t/).map((one) => one.trim()).filter(Boolean);
      if (lines.length < 2) return;
      event.preventDefault();
      if (isProposed(option) && input.selectionStart === 0 && input.selectionEnd === input.value.length) {
        const before = options.slice(0, number).filter((one) => !isProposed(one));
        const after = options.slice(number).filter((one) => !isProposed(one));
        options = [...before, ...after];
        return add(before.length, fresh(lines));
      }
      const replaced = !input.value && !kept.has(option.value);
      if (replaced) options.splice(number, 1);
      add(replaced ? number : number + 1, fresh(lines));
    });
    const color = el("button", { type: "button", class: "option-color", "data-color": option.color ?? "grey", "aria-label": t("选项 {n} 的颜色", "Colour of option {n}", { n: number + 1 }) });
    color.addEventListener("click", () => choose(color, option, () => { color.dataset.color = option.color ?? "grey"; keep(); }));
    return el("div", { class: "option" }, el("span", { class: "grip", "aria-hidden": "true" }, icon("grip-vertical")), color, input,
      el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("删除选项 {n}", "Delete option {n}", { n: number + 1 }), onclick: () => { options.splice(number, 1); keep(); draw(); } }, icon("x")));
  };
  draw();
  Sortable.create(list, { handle: ".grip", draggable: ".option", animation: 120, forceFallback: true, fallbackOnBody: true, onEnd: ({ oldIndex, newIndex }) => {
    if (oldIndex === undefined || newIndex === undefined || oldIndex === newIndex) return;
    options.splice(newIndex, 0, ...options.splice(oldIndex, 1));
    keep();
    draw();
  } });
  return el("div", { class: "stack" }, list, el("button", { type: "button", class: "btn btn-link", onclick: () => add(options.length, [""]) }, icon("plus"), t("添加选项", "Add an option")));
}

function made(name: string, options: Option[]): Option {
  const number = options.length + 1;
  const color = COLORS[options.length % COLORS.length][0];
  if (!name) return { value: freeValue(t("选项 {n}", "Option {n}", { n: number }), options), label: { [language]: t("选项 {n}", "Option {n}", { n: number }) }, color };
  return { value: freeValue(name.slice(0, 100), options), label: { [language]: name.slice(0, 100) }, color };
}

/** What is stored of an option: its first name, which stays when it is renamed later. */
function freeValue(wanted: string, options: Option[], but?: Option): string {
  const taken = new Set(options.filter((one) => one !== but).map((one) => one.value));
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number += 1) if (!taken.has(`${wanted} ${number}`)) return `${wanted} ${number}`;
}

function publishedOptions({ draft, path }: Context): string[] {
  const [key, column] = path.split(".");
  let field = draft.published?.fields.find((one) => one.key === key);
  if (column) field = (field?.fields as typeof field[] | undefined)?.find((one) => one?.key === column);
  return ((field?.options as Option[] | undefined) ?? []).map((one) => one.value);
}

function choose(anchor: HTMLElement, option: Option, chosen: () => void): void {
  const { close } = popover(anchor, t("颜色", "Colour"), [el("div", { class: "color-choice" }, ...COLORS.map(([name, label]) => el("button", {
    type: "button", class: "option-color", "data-color": name, "aria-label": label, title: label, "aria-pressed": String(name === (option.color ?? "grey")),
    onclick: () => { option.color = name; close(); chosen(); anchor.focus(); },
  })))]);
}
