/** What all controls of properties have in common: what they are given, and how label, input and hint stand together. */
import { el } from "../../../engine/web/assets/base/dom";
import type { Draft, FieldDoc } from "./draft";
import { labelText } from "./labels";
import type { Schema, Types } from "./types";

export interface Context {
  field: FieldDoc;
  path: string;
  types: Types;
  /** `/a/<app>/<form>` */
  base: string;
  draft: Draft;
  required: string[];
  published: boolean;
  /** The name was given, or is being `typed`; a key may follow from it. */
  named: (typed?: boolean) => void;
  renamed: (key: string) => void;
  /** The control of a part of a value, such as a column of its rows. */
  control: Control;
}
/** `whole`: other properties come or go with this one, so the panel is drawn anew. */
export type Put = (value: unknown, whole?: boolean) => void;
export type Control = (name: string, schema: Schema, value: unknown, set: Put, context: Context) => HTMLElement;

export const id = (name: string): string => `property-${name.replaceAll(/[^\w-]/g, "-")}`;
export const titled = (name: string, schema: Schema): string => labelText(schema["x-label"]) || name;
export const hintOf = (schema: Schema): string => labelText(schema["x-hint"]);

/** Label above, control below. */
export function block(name: string, schema: Schema, inside: HTMLElement): HTMLElement {
  const labelled = inside.matches("input, select, textarea");
  if (labelled) inside.id ||= id(name);
  return el("div", { class: "property", "data-property": name, ...(labelled ? {} : { role: "group", "aria-label": titled(name, schema) }) },
    labelled ? el("label", { class: "label", for: inside.id }, titled(name, schema)) : el("span", { class: "label" }, titled(name, schema)), inside, hint(schema));
}

/** Label at the left, control at the right. */
export function beside(name: string, schema: Schema, inside: HTMLElement, labelled = true): HTMLElement {
  if (labelled) inside.id = id(name);
  return el("div", { class: "property property-line", "data-property": name },
    labelled ? el("label", { class: "property-label", for: inside.id, title: hintOf(schema) || undefined }, titled(name, schema)) : el("span", { class: "property-label" }, titled(name, schema)), inside);
}

function hint(schema: Schema): HTMLElement | null {
  return hintOf(schema) ? el("p", { class: "field-hint" }, hintOf(schema)) : null;
}

/** What holds where nothing is set. */
export function standing(schema: Schema, field: FieldDoc): unknown {
  for (const [other, values] of Object.entries(schema["x-standing-by"] ?? {})) if (String(field[other]) in values) return values[String(field[other])];
  return schema["x-standing"];
}
