/** Another type for a field: what both types have stays, what the new one cannot be without comes. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import type { FieldDoc } from "./draft";
import type { Types } from "./types";

/** Turn the field into another type, in place. */
export function retyped(field: FieldDoc, name: string, types: Types): void {
  const type = types.of(name);
  const tile = document.querySelector<HTMLElement>(`.palette-tile[data-type="${CSS.escape(name)}"]`);
  const starting = JSON.parse(tile?.dataset.starting ?? "{}") as Record<string, unknown>;
  const optional = new Set(["default", "summary", "unique"]);
  for (const property of Object.keys(field)) {
    const schema = type.properties[property];
    if (!schema || (optional.has(property) && property !== "unique") || (property === "unique" && schema["x-offered"] === false)) delete field[property];
  }
  for (const [property, value] of Object.entries(starting)) if (field[property] === undefined) field[property] = structuredClone(value);
  field.type = name;
}

/** The choice of another type; only types whose needs can be met without asking. */
export function typeChoice(field: FieldDoc, path: string, types: Types, choose: (name: string) => void): HTMLElement | null {
  const type = types.of(field.type);
  if (type.layout || field.type === "subform") return null;
  const tiles = [...document.querySelectorAll<HTMLElement>(".palette-tile")];
  const offered = new Map(tiles.filter((tile) => fits(tile, field, path, types)).map((tile) => [tile.dataset.type!, types.of(tile.dataset.type!).label]));
  offered.set(field.type, type.label);
  const id = "property-type";
  return el("div", { class: "property property-line", "data-property": "type" }, el("label", { class: "property-label", for: id }, t("类型", "Type")),
    el("select", { class: "input form-select", id, onchange: (event: Event) => choose((event.target as HTMLSelectElement).value) },
      ...[...offered].map(([name, label]) => el("option", { value: name, selected: name === field.type }, label))));
}

function fits(tile: HTMLElement, field: FieldDoc, path: string, types: Types): boolean {
  const name = tile.dataset.type!;
  const type = types.of(name);
  if (type.layout || name === "subform" || (path.includes(".") && !type.inside)) return false;
  const starting = JSON.parse(tile.dataset.starting ?? "{}") as Record<string, unknown>;
  return type.required.every((one) => one in starting || one in field);
}
