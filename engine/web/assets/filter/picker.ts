/** Ticking options, people or linked records, with search where there are many. */
import { el } from "../base/dom";
import { get } from "../base/http";
import { t } from "../base/language";
import { avatar } from "../base/person";
import type { Choice, Column } from "../grid/contract";
import type { Fields } from "./fields";
import { personal, tagOf } from "./personal";
import type { ValueInput } from "./value-input";
import { remember } from "./words";

const PAUSE = 150;
const FEW = 8;

export function picker(view: Fields, column: Column, single: boolean, value: unknown): ValueInput {
  const people = /member|owner|_by$/.test(column.type);
  const relative = personal(column).filter(({ tag }) => !single || tag === "@me"); /* a value that is set is one person, not several */
  const chosen = new Map<string, unknown>();
  for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) chosen.set(tagOf(one), one);
  const list = el("div", { class: "value-list", role: "group", "aria-label": column.label });
  const search = el("input", { class: "input", type: "search", placeholder: t("搜索", "Search"), "aria-label": t("搜索", "Search") });
  const node = el("div", { class: "picker" }, (column.options?.length ?? FEW + 1) > FEW && search, list);
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void load(), column.options ? 0 : PAUSE);
  });
  void load();

  async function load(): Promise<void> {
    try {
      const choices = await found(view, column, search.value.trim());
      remember(column, choices);
      const worked: Choice[] = search.value ? [] : relative.map(({ tag, label }) => ({ value: tag, label }));
      list.replaceChildren(...[...worked, ...choices].map(item), ...(choices.length || worked.length ? [] : [el("p", { class: "menu-title" }, t("没有匹配的选项", "Nothing matches"))]));
    } catch (reason) {
      list.replaceChildren(el("p", { class: "menu-title", role: "alert" }, (reason as Error).message));
    }
  }

  function item(choice: Choice): HTMLElement {
    const key = String(choice.value);
    const input = el("input", { type: single ? "radio" : "checkbox", name: `pick-${column.key}`, checked: chosen.has(key) });
    input.addEventListener("change", () => {
      if (single) chosen.clear();
      if (input.checked) chosen.set(key, relative.find(({ tag }) => tag === key)?.value ?? choice.value);
      else chosen.delete(key);
      node.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
    });
    return el("label", { class: "check value" }, input, people && typeof choice.value === "number" && avatar(choice.label),
      choice.color ? el("span", { class: "badge", "data-color": choice.color }, choice.label) : el("span", { class: "truncate" }, choice.label),
      choice.hint && el("span", { class: "caption truncate" }, choice.hint));
  }

  return {
    node,
    value: () => {
      const values = [...chosen.values()];
      return values.length ? (single ? values[0] : values) : undefined;
    },
  };
}

async function found(view: Fields, column: Column, text: string): Promise<Choice[]> {
  if (column.options) return column.options.filter((option) => option.label.toLowerCase().includes(text.toLowerCase()));
  const url = new URL(view.config.urls.choices, location.href);
  url.searchParams.set("field", column.key);
  url.searchParams.set("q", text);
  return (await get<{ choices: Choice[] }>(url.href)).choices;
}
