/** Several fields of one list taken to another place, put in or taken out together: their rows stay as they were. */
import { t } from "../../../engine/web/assets/base/language";
import type { FieldDoc, Form } from "./draft";
import { labelText } from "./labels";
import type { Move } from "./moves";
import { free, found, insert, insideOf, keyOf, listOf, MOST_BESIDE, move, pathOf, roomBeside, rowsOf, take, taken, undisturbed } from "./structure";
import type { Place } from "./structure";
import type { Types } from "./types";

/** The paths in the order in which their list shows them. */
export function inOrder(form: Form, paths: readonly string[]): string[] {
  if (!paths.length) return [];
  const inside = insideOf(paths[0]);
  return listOf(form, inside).map((one) => pathOf(inside, one.key)).filter((path) => paths.includes(path));
}

/** Take fields to another place, together. Answers their new paths. */
export function moveAll(form: Form, paths: readonly string[], place: Place, types: Types): string[] {
  const moving = inOrder(form, paths);
  if (moving.length < 2) return moving.map((path) => move(form, path, place, types));
  const inside = insideOf(moving[0]);
  const keys = moving.map(keyOf);
  const same = inside === place.inside;
  const goal = listOf(form, place.inside);
  const next = goal.slice(place.index).find((one) => !same || !keys.includes(one.key));
  const rows = inside === null ? rowsOf(listOf(form, null), types).map((row) => row.filter((key) => keys.includes(key))).filter((row) => row.length) : keys.map((key) => [key]);
  const fields = moving.map((path) => ({ ...found(form, path)! }));
  for (const path of moving) take(form, path, types);
  const beside = place.beside !== undefined && same && keys.includes(place.beside) ? undefined : place.beside;
  return insertAll(form, fields, { inside: place.inside, index: next ? goal.indexOf(next) : goal.length, beside }, types, rows);
}

/** Put fields in, one after the other; `rows` are the keys of those that stand beside each other. */
export function insertAll(form: Form, fields: readonly FieldDoc[], place: Place, types: Types, rows = rowsOf([...fields], types)): string[] {
  const list = listOf(form, place.inside);
  const names = new Map<string, FieldDoc>();
  const used = taken(form, place.inside);
  for (const field of fields) {
    names.set(field.key, field);
    field.key = free(field.key, used);
    used.add(field.key);
  }
  const blocks = place.inside === null ? rows.map((row) => row.map((key) => names.get(key)!)) : fields.map((one) => [one]);
  if (place.inside !== null || place.beside !== undefined || !whole(list, blocks, place.index, types)) {
    let index = place.index;
    for (const block of blocks) block.forEach((field, number) => {
      const beside = place.inside !== null ? undefined : number ? block[number - 1].key : place.beside;
      insert(form, field, { inside: place.inside, index, beside }, types);
      index += 1;
    });
  }
  return fields.map((one) => pathOf(place.inside, one.key));
}

/** All at once with the widths that they have, where neither their rows nor others are disturbed by it. */
function whole(list: FieldDoc[], blocks: FieldDoc[][], index: number, types: Types): boolean {
  const before = rowsOf(list, types);
  const fields = blocks.flat();
  const own = new Set(fields.map((one) => one.key));
  list.splice(index, 0, ...fields);
  const standing = rowsOf(list, types).map((row) => row.filter((key) => own.has(key)).join()).filter(Boolean);
  const wanted = blocks.map((block) => block.map((one) => one.key).join());
  if (undisturbed(list, own, before, types) && standing.join(";") === wanted.join(";")) return true;
  list.splice(index, fields.length);
  return false;
}

/** Take fields out together. */
export function takeAll(form: Form, paths: readonly string[], types: Types): void {
  for (const path of paths) take(form, path, types);
}

export interface Group extends Omit<Move, "place"> { run: ((form: Form) => string[]) | null }

/** Where several fields can go to from where they are, by key and menu. */
export function movesOfAll(form: Form, paths: readonly string[], types: Types): Group[] {
  const moving = inOrder(form, paths);
  const inside = insideOf(moving[0]);
  const keys = moving.map(keyOf);
  const list = listOf(form, inside);
  const rows = inside === null ? rowsOf(list, types) : list.map((one) => [one.key]);
  const rest = rows.filter((row) => row.some((key) => !keys.includes(key)));
  const [first, last] = [list.findIndex((one) => one.key === keys[0]), list.findIndex((one) => one.key === keys.at(-1))];
  const at = (row: string[] | undefined, end: boolean): number => (row ? list.findIndex((one) => one.key === row.at(end ? -1 : 0)) + (end ? 1 : 0) : -1);
  const before = at(rest.filter((row) => at(row, true) <= first).at(-1), false);
  const behind = at(rest.find((row) => at(row, false) > last), true);
  const to = (index: number, into = inside): Group["run"] => (index < 0 ? null : (now) => moveAll(now, moving, { inside: into, index }, types));
  const found_: Group[] = [
    { label: t("往前", "Earlier"), key: "ArrowUp", keys: "Alt ↑", run: to(before) },
    { label: t("往后", "Later"), key: "ArrowDown", keys: "Alt ↓", run: to(behind) },
  ];
  if (inside !== null) {
    if (list.length > keys.length) found_.push({ label: t("移出子表单", "Out of the subform"), key: "", keys: "", run: to(form.fields.findIndex((one) => one.key === inside) + 1, null) });
    return found_;
  }
  const plain = moving.every((path) => !types.of(found(form, path)!.type).layout);
  found_.push({ label: t("放在同一行", "In one row"), key: "ArrowLeft", keys: "Alt ←", run: plain && keys.length <= MOST_BESIDE && !rows.some((row) => keys.every((key) => row.includes(key))) && roomBeside(form, keys[0], keys, types) ? (now) => together(now, moving, types) : null });
  found_.push({ label: t("各占一行", "A row each"), key: "ArrowRight", keys: "Alt →", run: plain && rows.some((row) => row.length > 1 && row.some((key) => keys.includes(key))) ? (now) => apart(now, moving, types) : null });
  found_.push({ label: t("移到最前", "To the top"), key: "", keys: "", run: to(0) });
  found_.push({ label: t("移到最后", "To the end"), key: "", keys: "", run: to(list.length) });
  if (moving.every((path) => types.of(found(form, path)!.type).inside)) for (const subform of form.fields.filter((one) => one.type === "subform"))
    found_.push({ label: t("移入“{form}”", "Into “{form}”", { form: labelText(subform.label) || subform.key }), key: "", keys: "", run: to(listOf(form, subform.key).length, subform.key) });
  return found_;
}

function together(form: Form, paths: string[], types: Types): string[] {
  paths.forEach((path, number) => {
    if (!number) return;
    const mate = paths[number - 1];
    move(form, path, { inside: null, index: form.fields.findIndex((one) => one.key === mate) + 1, beside: mate }, types);
  });
  return paths;
}

function apart(form: Form, paths: string[], types: Types): string[] {
  for (const path of [...paths].reverse()) {
    const row = rowsOf(form.fields, types).find((keys) => keys.includes(path))!;
    if (row.length > 1) move(form, path, { inside: null, index: form.fields.findIndex((one) => one.key === row.at(-1)) + 1 }, types);
  }
  return paths;
}
