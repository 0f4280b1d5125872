/** What several selected fields have in common: how many they are, the settings that all of them know, what can be done to them. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { id, standing, titled } from "./control";
import type { FieldDoc } from "./draft";
import type { Step } from "./editing";
import { labelText } from "./labels";
import type { Schema, Types } from "./types";

export interface Together {
  fields: FieldDoc[];
  types: Types;
  inside: string | null;
  /** Set a property of all of them. */
  set: (name: string, value: unknown) => void;
  steps: () => Step[];
  double: () => void;
  takeOut: () => void;
}

export function severalProperties(all: Together): Node[] {
  const names = all.fields.map((one) => labelText(one.label) || one.key);
  const shared = common(all).filter(([name]) => name !== "width" || all.inside === null);
  const controls = shared.map(([name, schema]) => (schema["x-kind"] === "width" ? widths(name, schema, all) : toggle(name, schema, all)));
  const places = all.steps().filter((one) => one.run);
  return [
    el("header", { class: "properties-head" }, el("h2", { class: "truncate" }, t("已选 {n} 个字段", "{n} fields selected", { n: names.length }))),
    el("section", { class: "property-group" }, el("p", { class: "second caption" }, names.join(t("、", ", ")))),
    controls.length ? el("section", { class: "property-group" }, ...controls) : "",
    el("section", { class: "property-group", role: "group", "aria-label": t("对选中的字段", "Do with them") },
      action("copy", t("复制", "Duplicate"), "Ctrl D", all.double), action("trash", t("删除", "Delete"), "Delete", all.takeOut)),
    places.length ? el("section", { class: "property-group", role: "group", "aria-label": t("移动", "Move") }, ...places.map((one) => action("arrows-move", one.label, one.keys, one.run!))) : "",
  ].filter((one): one is HTMLElement => one !== "");
}

/** The switches and the width that the types of all fields have; settings that are rarely used stay with the single field. */
function common({ fields, types }: Together): [string, Schema][] {
  const [first, ...others] = fields.map((one) => types.of(one.type).properties);
  return Object.entries(first).filter(([name, schema]) => (schema.type === "boolean" || schema["x-kind"] === "width") && schema["x-offered"] !== false && schema["x-simple"] !== false && !schema["x-follows"]
    && !schema["x-with"] && !schema["x-without"] && others.every((properties) => properties[name]?.type === schema.type && properties[name]["x-offered"] !== false));
}

function toggle(name: string, schema: Schema, all: Together): HTMLElement {
  const rests = all.fields.map((one) => Boolean(standing(all.types.of(one.type).properties[name], one)));
  const on = all.fields.filter((one, number) => Boolean(one[name] ?? rests[number])).length;
  const input = el("input", { class: "switch", type: "checkbox", role: "switch", id: id(name), checked: on === all.fields.length });
  input.indeterminate = on > 0 && on < all.fields.length;
  input.addEventListener("change", () => all.set(name, rests.every((rest) => rest === input.checked) ? undefined : input.checked));
  return el("div", { class: "property property-line", "data-property": name }, el("label", { class: "property-label", for: input.id }, titled(name, schema)), input);
}

function widths(name: string, schema: Schema, all: Together): HTMLElement {
  const standing = new Set(all.fields.map((one) => one[name] ?? (all.types.of(one.type).wide ? "1" : "1/2")));
  return el("div", { class: "property property-line", "data-property": name }, el("span", { class: "property-label" }, titled(name, schema)),
    el("div", { class: "width-choice", role: "group", "aria-label": titled(name, schema) }, ...schema.enum!.map((one) => el("button", {
      type: "button", class: "btn", "aria-pressed": String(standing.size === 1 && standing.has(one)), onclick: () => all.set(name, one),
    }, labelText(schema["x-labels"]?.[one]) || one))));
}

function action(sign: string, label: string, keys: string, run: () => void): HTMLElement {
  return el("button", { type: "button", class: "btn several-action", onclick: run }, icon(sign), el("span", { class: "grow" }, label), keys ? el("kbd", {}, keys) : null);
}
