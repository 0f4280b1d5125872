/** Colours of rows and cells by condition, as one sets them for oneself in the list; the view builder does it for all. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Color, ColorRule, Where } from "../grid/contract";
import type { View } from "../grid/view";
import { editGroup } from "./group-editor";
import { words } from "./words";

const MOST = 20;

export const colorNames = (): [Color, string][] => [["red", t("红", "Red")], ["amber", t("橙", "Amber")], ["green", t("绿", "Green")], ["cyan", t("青", "Cyan")], ["blue", t("蓝", "Blue")], ["violet", t("紫", "Violet")], ["grey", t("灰", "Grey")]];

/** A key that no rule has yet. */
export function freeRule(rules: { key: string }[]): string {
  let number = rules.length + 1;
  while (rules.some(({ key }) => key === `color_${number}`)) number++;
  return `color_${number}`;
}

export function editColors(anchor: Element, view: View): void {
  const list = el("div", { class: "stack" });
  /* The bar draws its buttons anew when a rule has changed. */
  const place = anchor.getBoundingClientRect();
  const show = (): void => void popover(anchor.isConnected ? anchor : place, t("颜色规则", "Colour rules"), [list]);
  const set = (colors: ColorRule[]): void => {
    view.set({ colors });
    draw();
  };
  /* The condition has a dialog of its own, for which the popover goes and comes back. */
  const ask = (where: Where | null, done: (where: Where) => void): void => editGroup(view, where, (found) => {
    if (found) done(found);
    show();
  });
  const line = (rule: ColorRule, at: number): HTMLElement => {
    const { colors } = view.state;
    const change = (next: ColorRule): void => set(colors.map((other, index) => (index === at ? next : other)));
    const color = el("select", { class: "form-select", "aria-label": t("颜色", "Colour") }, ...colorNames().map(([value, label]) => el("option", { value }, label)));
    color.value = rule.color;
    color.addEventListener("change", () => change({ ...rule, color: color.value as Color }));
    const scope = el("select", { class: "form-select grow", "aria-label": t("给哪里上色", "What it colours") }, el("option", { value: "" }, t("整行", "Whole row")), ...view.shown.map(({ key, label }) => el("option", { value: key }, label)));
    scope.value = rule.field ?? "";
    scope.addEventListener("change", () => {
      const { field: _, ...whole } = rule;
      change(scope.value ? { ...whole, field: scope.value } : whole);
    });
    const { field, text } = words(view, rule.when);
    return el("div", { class: "color-rule" },
      el("div", { class: "row" }, el("span", { class: "dot", "data-color": rule.color }), color, scope,
        el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("移除规则", "Remove rule"), onclick: () => set(colors.filter((_, index) => index !== at)) }, icon("x"))),
      el("button", { type: "button", class: "chip", onclick: () => ask(rule.when, (when) => change({ ...rule, when })) }, field && `${field} `, el("b", { class: "truncate" }, text)));
  };
  const draw = (): void => {
    const { colors } = view.state;
    list.replaceChildren(...colors.map(line), ...(colors.length ? [] : [el("p", { class: "second" }, t("满足条件的行或单元格会上色。", "Rows or cells that meet a condition are coloured."))]),
      ...(colors.length < MOST ? [el("button", { type: "button", class: "btn btn-quiet btn-small", onclick: () => ask(null, (when) => set([...colors, { key: freeRule(colors), when, color: colorNames()[colors.length % colorNames().length][0] }])) }, icon("plus"), t("颜色规则", "Colour rule"))] : []));
  };
  draw();
  show();
}
