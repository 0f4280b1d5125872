/** The order and widths of fields: rows of up to four, fields put in, moved and taken out; nothing else shifts. */
import type { FieldDoc, Form } from "./draft";
import type { Types } from "./types";

const TWELFTHS: Record<string, number> = { "1/4": 3, "1/3": 4, "1/2": 6, "1": 12 };
const EVENLY = ["1", "1", "1/2", "1/3", "1/4"];
export const MOST_BESIDE = 4;

/** Where a field goes: before `index` of the form's fields, or of a subform's columns; beside a field, sharing its row. */
export interface Place { inside: string | null; index: number; beside?: string }

/** The fields of the form, or the columns of a subform. */
export function listOf(form: Form, inside: string | null): FieldDoc[] {
  if (inside === null) return form.fields;
  const subform = form.fields.find((one) => one.key === inside);
  return (subform?.fields as FieldDoc[] | undefined) ?? [];
}

export function found(form: Form, path: string): FieldDoc | undefined {
  const [key, column] = path.split(".");
  const field = form.fields.find((one) => one.key === key);
  return column === undefined ? field : (field?.fields as FieldDoc[] | undefined)?.find((one) => one.key === column);
}

export const insideOf = (path: string): string | null => (path.includes(".") ? path.split(".")[0] : null);
export const keyOf = (path: string): string => path.split(".").at(-1)!;
export const pathOf = (inside: string | null, key: string): string => (inside === null ? key : `${inside}.${key}`);

/** How many twelfths of the form a field takes. */
export function twelfths(field: FieldDoc, types: Types): number {
  const type = types.of(field.type);
  if (type.layout && !field.width) return 12;
  return TWELFTHS[(field.width as string) ?? ""] ?? (type.wide ? 12 : 6);
}

/** The keys of the fields, row by row as the form shows them. */
export function rowsOf(fields: FieldDoc[], types: Types): string[][] {
  const rows: string[][] = [];
  let left = 0;
  for (const field of fields) {
    const wide = twelfths(field, types);
    if (wide > left) {
      rows.push([]);
      left = 12;
    }
    rows.at(-1)!.push(field.key);
    left -= wide;
  }
  return rows;
}

/** Put a new field in. */
export function insert(form: Form, field: FieldDoc, place: Place, types: Types): void {
  const list = listOf(form, place.inside);
  if (place.inside !== null) delete field.width;
  else if (place.beside) return insertBeside(list, field, place, types);
  const before = rowsOf(list, types);
  list.splice(place.index, 0, field);
  if (place.inside === null && !undisturbed(list, new Set([field.key]), before, types)) field.width = "1";
}

/** Whether what is moving (fields of the form, or one that is new) finds room in the row of a field. */
export function roomBeside(form: Form, key: string, moving: readonly string[], types: Types, count = Math.max(1, moving.length)): boolean {
  const field = form.fields.find((one) => one.key === key);
  if (!field || types.of(field.type).layout) return false;
  const row = rowsOf(form.fields, types).find((keys) => keys.includes(key)) ?? [];
  return row.filter((one) => !moving.includes(one)).length + count <= MOST_BESIDE;
}

/** Take a field to another place; into or out of a subform too. Answers its new path. */
export function move(form: Form, path: string, place: Place, types: Types): string {
  const from = listOf(form, insideOf(path));
  const at = from.findIndex((one) => one.key === keyOf(path));
  const field = from[at];
  if (!field) return path;
  const same = insideOf(path) === place.inside;
  const index = same && at < place.index ? place.index - 1 : place.index;
  const rows = rowsOf(form.fields, types);
  const mates = rows.find((keys) => keys.includes(field.key)) ?? [];
  const staying = same && place.beside !== undefined && mates.includes(place.beside);
  if (!staying) take(form, path, types);
  else from.splice(at, 1);
  if (!same) {
    const taken = new Set(listOf(form, place.inside).map((one) => one.key));
    field.key = free(field.key, taken);
    delete field.width;
  }
  if (staying) from.splice(index, 0, field);
  else insert(form, field, { ...place, index }, types);
  return pathOf(place.inside, field.key);
}

/** Take a field out; those that stood beside it fill the row, so that the rows below stay as they are. */
export function take(form: Form, path: string, types: Types): void {
  const list = listOf(form, insideOf(path));
  const rows = insideOf(path) === null ? rowsOf(list, types) : [];
  const row = rows.find((keys) => keys.includes(keyOf(path))) ?? [];
  const at = list.findIndex((one) => one.key === keyOf(path));
  if (at < 0) return;
  const [field] = list.splice(at, 1);
  const rest = row.filter((key) => key !== field.key);
  if (!rest.length || undisturbed(list, new Set(), rows.map((keys) => keys.filter((key) => key !== field.key)), types)) return;
  for (const one of list) if (rest.includes(one.key)) widen(one, EVENLY[rest.length], types);
}

/** A key that is not taken: amount, else amount_2, amount_3 … */
export function free(wanted: string, taken: Set<string>): string {
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/_\d+$/, "").slice(0, 56);
  for (let number = 2; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
}

/** The keys that a new field of a list must not have. */
export function taken(form: Form, inside: string | null): Set<string> {
  const reserved = ["id", "version", "owner", "created_by", "created_at", "updated_by", "updated_at", "flow_state", "record_id", "position", "errors"];
  return new Set([...reserved, ...listOf(form, inside).map((one) => one.key)]);
}

function insertBeside(list: FieldDoc[], field: FieldDoc, place: Place, types: Types): void {
  const row = rowsOf(list, types).find((keys) => keys.includes(place.beside!)) ?? [place.beside!];
  const mates = list.filter((one) => row.includes(one.key));
  list.splice(place.index, 0, field);
  const needed = mates.reduce((sum, one) => sum + twelfths(one, types), 0) + twelfths(field, types);
  if (needed <= 12) return;
  for (const one of [...mates, field]) widen(one, EVENLY[Math.min(mates.length + 1, MOST_BESIDE)], types);
}

/** Whether all fields but those stand in the same rows as before. */
export function undisturbed(list: FieldDoc[], but: ReadonlySet<string>, before: string[][], types: Types): boolean {
  const now = rowsOf(list, types).map((keys) => keys.filter((key) => !but.has(key)));
  const text = (rows: string[][]): string => rows.filter((keys) => keys.length).map((keys) => keys.join(",")).join(";");
  return text(now) === text(before);
}

function widen(field: FieldDoc, width: string, types: Types): void {
  const { width: _, ...plain } = field;
  if (twelfths(plain as FieldDoc, types) === TWELFTHS[width]) delete field.width;
  else field.width = width;
}
