/** The colour rules of a view: a condition, a colour, and whether it colours the row or one column's cell. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { colorNames, freeRule } from "../../../engine/web/assets/filter/color-editor";
import type { Color, ColorRule } from "../../../engine/web/assets/grid/contract";
import { define } from "../../../engine/web/assets/lazy";

const MOST = 20;

/** Draws the rules; `set` is told all of them whenever one has changed. A rule without a condition is not kept yet. */
export function colorRules(rules: ColorRule[], fields: { key: string; label: string }[], conditions: string, cells: boolean, set: (rules: ColorRule[]) => void): HTMLElement {
  const box = el("div", { class: "stack" });
  const shown: (Omit<ColorRule, "when"> & Partial<ColorRule>)[] = rules.map((one) => ({ ...one }));
  const tell = (): void => set(shown.filter((one): one is ColorRule => Boolean(one.when)).map((one) => structuredClone(one)));
  const draw = (): void => {
    box.replaceChildren(...shown.map(line), ...(shown.length < MOST ? [el("button", { type: "button", class: "btn btn-quiet btn-small", onclick: add }, icon("plus"), t("颜色规则", "Colour rule"))] : []));
    define(box);
  };
  const add = (): void => {
    shown.push({ key: freeRule(shown), color: colorNames()[shown.length % colorNames().length][0] });
    draw();
    box.querySelector<HTMLElement>(".color-rule:last-of-type button.btn-quiet")?.focus();
  };
  const line = (rule: (typeof shown)[number], at: number): HTMLElement => {
    const color = el("select", { class: "form-select", "aria-label": t("颜色", "Colour") }, ...colorNames().map(([value, label]) => el("option", { value }, label)));
    color.value = rule.color;
    const dot = el("span", { class: "dot", "data-color": rule.color });
    color.addEventListener("change", () => { rule.color = color.value as Color; dot.dataset.color = rule.color; tell(); });
    const scope = el("select", { class: "form-select grow", "aria-label": t("给哪里上色", "What it colours") }, el("option", { value: "" }, t("整行", "Whole row")), ...fields.map(({ key, label }) => el("option", { value: key }, label)));
    scope.value = rule.field ?? "";
    scope.addEventListener("change", () => { if (scope.value) rule.field = scope.value; else delete rule.field; tell(); });
    const input = el("input", { type: "hidden", name: "when", value: rule.when ? JSON.stringify(rule.when) : "" });
    const condition = el("jf-condition", { url: conditions, draft: true, label: t("什么时候上色", "When"), none: t("选一个条件", "Choose a condition") }, input);
    condition.addEventListener("input", (event) => {
      if (event.target !== input) return;
      if (input.value) rule.when = JSON.parse(input.value) as ColorRule["when"];
      else delete rule.when;
      tell();
    });
    return el("div", { class: "color-rule" },
      el("div", { class: "row" }, dot, color, cells && scope,
        el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("移除规则", "Remove rule"), onclick: () => { shown.splice(at, 1); draw(); tell(); } }, icon("x"))), condition);
  };
  draw();
  return box;
}
