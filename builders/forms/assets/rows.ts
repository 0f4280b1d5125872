/** Lists as rows: parts of a number, orders of sorting, words one a line. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import type { Context, Put } from "./control";
import { labelText } from "./labels";
import type { Schema } from "./types";

type Row = Record<string, unknown>;

/** A list of objects, one or several kinds of them: each row with its controls, moved, taken out, added. */
export function objectRows(schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  let rows = ((value as Row[] | undefined) ?? []).map((row) => ({ ...row }));
  const kinds = schema.items!.oneOf ?? [schema.items!];
  const box = el("div", { class: "property-rows" });
  const kindOf = (row: Row): Schema => kinds.find((kind) => (kind.required ?? []).every((name) => name in row)) ?? kinds[0];
  const keep = (): void => set(rows.length >= (schema.minItems ?? 0) && rows.length ? rows.map((row) => ({ ...row })) : schema.minItems ? rows : undefined);
  const changed = (): void => {
    draw();
    keep();
  };
  const draw = (): void => box.replaceChildren(...rows.map((row, number) => rowOf(row, number)), adding());
  const rowOf = (row: Row, number: number): HTMLElement => {
    const kind = kindOf(row);
    return el("div", { class: "property-row" },
      el("div", { class: "grow" }, ...Object.entries(kind.properties ?? {}).map(([name, part]) => context.control(`${name}-${number}`, part, row[name], (given) => {
        if (given === undefined) delete row[name];
        else row[name] = given;
        keep();
      }, { ...context, required: (kind.required ?? []).map((one) => `${one}-${number}`) }))),
      el("div", { class: "row-tools" },
        small("chevron-up", t("上移", "Up"), number === 0, () => { rows.splice(number - 1, 0, ...rows.splice(number, 1)); changed(); }),
        small("x", t("移除", "Remove"), rows.length <= (schema.minItems ?? 0), () => { rows.splice(number, 1); changed(); })));
  };
  const adding = (): HTMLElement => el("div", { class: "row wrap" }, ...kinds.map((kind) => el("button", { type: "button", class: "btn btn-link", onclick: () => { rows = [...rows, begun(kind, context)]; changed(); } }, icon("plus"), labelText(kind["x-label"]) || t("添加", "Add"))));
  draw();
  return box;
}

function begun(kind: Schema, context: Context): Row {
  const row: Row = {};
  for (const name of kind.required ?? []) {
    const part = kind.properties?.[name];
    if (!part) continue;
    if (part.enum) row[name] = part.enum[0];
    else if (part["x-kind"] === "field") row[name] = context.draft.document.fields.find((one) => !part["x-types"] || part["x-types"].includes(one.type))?.key ?? "id";
    else if (part.type === "integer" || part.type === "number") row[name] = Math.max(part.minimum ?? 1, 4);
    else if (part.type === "boolean") row[name] = false;
    else row[name] = "-";
  }
  return row;
}

export function small(name: string, label: string, disabled: boolean, run: () => void): HTMLElement {
  return el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": label, title: label, disabled, onclick: run }, icon(name));
}

/** Words, one a line. */
export function textLines(id: string, value: unknown, set: Put, figures = false): HTMLElement {
  const area = el("textarea", { class: "input", id, rows: 2, placeholder: t("一行一个", "One a line") });
  area.value = ((value as unknown[] | undefined) ?? []).join("\n");
  area.addEventListener("input", () => {
    const words = [...new Set(area.value.split(/\n/).map((one) => one.trim()).filter(Boolean))];
    const given = figures ? words.map(Number).filter((one) => Number.isInteger(one)) : words;
    set(given.length ? given : undefined);
  });
  return area;
}
