/** A new field from a tile of the palette: its key, its name, and what it cannot be without. */
import { language, t } from "../../../engine/web/assets/base/language";
import { copy } from "./delta";
import type { FieldDoc, Form } from "./draft";
import { free, taken } from "./structure";
import type { Types } from "./types";

export interface Tile { type: string; label: string; starting: Record<string, unknown> }

/** The field, or why there can be none yet. */
export async function made(form: Form, tile: Tile, inside: string | null, types: Types): Promise<FieldDoc | string> {
  const stem = tile.type.replace(/[^a-z0-9_]/g, "_");
  const field: FieldDoc = { key: free(stem, taken(form, inside)), type: tile.type, label: { [language]: tile.label }, ...copy(tile.starting) };
  if (field.type === "subform") named(field.fields as FieldDoc[]);
  for (const name of types.of(tile.type).required) {
    if (field[name] !== undefined) continue;
    const value = await needed(name, field, form, types);
    if (value === null) return t("还没有表单关联到“{form}”，先在那个表单里加一个“关联数据”", "No form links to “{form}” yet; add a link to it in that form first", { form: titleOf(form) });
    field[name] = value;
  }
  return field;
}

/** The columns that a subform begins with speak the page's language. */
function named(columns: FieldDoc[] | undefined): void {
  for (const column of columns ?? []) {
    const label = column.label as Record<string, string> | undefined;
    if (label?.[language]) column.label = { [language]: label[language] };
  }
}

async function needed(name: string, field: FieldDoc, form: Form, types: Types): Promise<unknown> {
  const schema = types.of(field.type).properties[name];
  if (!schema) return undefined;
  if (schema["x-kind"] === "form") {
    const back = Object.entries(types.of(field.type).properties).find(([, one]) => one["x-of"] === "form" && one["x-types"]?.includes("link") && types.of(field.type).required.includes("via"));
    if (!back) return (types.forms.find((one) => one.key !== form.key) ?? { key: form.key }).key;
    for (const other of types.forms) {
      const via = (await types.fieldsOf(other.key)).find((one) => back[1]["x-types"]!.includes(one.type) && one.form === form.key && !one.inside);
      if (via) {
        field[back[0]] = via.key;
        return other.key;
      }
    }
    return null;
  }
  if (schema.enum) return schema.enum[0];
  if (schema["x-kind"] === "formula") return "0";
  if (schema.type === "boolean") return false;
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  if (schema.type === "array") return [];
  if (schema.type === "object") return {};
  return "";
}

function titleOf(form: Form): string {
  const name = form.name as string | Record<string, string>;
  return typeof name === "string" ? name : (name[language] ?? Object.values(name)[0] ?? form.key);
}
