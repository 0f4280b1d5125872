/** What is done to fields, one step of the draft each: put in, moved, doubled, pasted, taken out; one or several at once. */
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import type { Draft, FieldDoc, Form } from "./draft";
import { labelText } from "./labels";
import { made } from "./making";
import type { Tile } from "./making";
import { moves } from "./moves";
import type { Selection } from "./selection";
import { inOrder, insertAll, moveAll, movesOfAll, takeAll } from "./several";
import { copy } from "./delta";
import { found, free, insert, insideOf, keyOf, listOf, move, pathOf, rowsOf, taken } from "./structure";
import type { Place } from "./structure";
import type { Types } from "./types";

export interface Step { label: string; key: string; keys: string; run: (() => void) | null }
interface Host {
  draft: Draft;
  types: Types;
  selection: Selection;
  /** What is selected has changed; the focus goes there. */
  selected: () => void;
  say: (text: string) => void;
  undo: () => void;
  /** The paths of all cards, as they are shown. */
  shown: () => string[];
}

export class Editing {
  constructor(private readonly host: Host) {}

  /** The selected fields, in the order of their list. */
  get chosen(): string[] {
    return inOrder(this.#form, this.host.selection.paths);
  }

  /** Put a new field below the selected one, else last. Answers whether it is there. */
  async add(tile: Tile, wanted?: Place): Promise<boolean> {
    const place = wanted ?? this.#below(tile.type);
    const field = await made(this.#form, tile, place.inside, this.host.types);
    if (typeof field === "string") {
      toast({ text: field, bad: true });
      return false;
    }
    field.key = free(field.key, taken(this.#form, place.inside));
    this.host.draft.change(t("加“{field}”", "Add “{field}”", { field: tile.label }), (form) => insert(form, field, place, this.host.types));
    this.host.selection.only(pathOf(place.inside, field.key));
    this.host.selected();
    this.host.say(t("已加“{field}”", "Added “{field}”", { field: tile.label }));
    return true;
  }

  /** Take fields to another place. */
  move(paths: readonly string[], place: Place): void {
    this.#moved(paths, (form) => moveAll(form, paths, place, this.host.types));
  }

  takeOut(): void {
    const { draft, selection, types } = this.host;
    const paths = this.chosen;
    if (!paths.length) return;
    const what = this.name(paths);
    const inside = insideOf(paths[0]);
    if (inside !== null && listOf(this.#form, inside).length === paths.length) return toast({ text: t("子表单至少要有一列", "A subform has at least one column"), bad: true });
    const order = this.host.shown();
    const left = (path: string): boolean => !paths.some((gone) => path === gone || path.startsWith(`${gone}.`));
    const next = order.slice(order.indexOf(paths.at(-1)!) + 1).find(left) ?? order.slice(0, order.indexOf(paths[0])).reverse().find(left) ?? null;
    draft.change(t("删除{what}", "Delete {what}", { what }), (form) => takeAll(form, paths, types));
    selection.only(next);
    this.host.selected();
    toast({ text: t("已删除{what}", "{what} deleted", { what }), undo: this.host.undo });
  }

  /** The selected fields once more, below themselves. */
  double(): void {
    const paths = this.chosen;
    if (paths.length) this.paste(paths.map((path) => found(this.#form, path)!), t("复制{what}", "Duplicate {what}", { what: this.name(paths) }));
  }

  paste(fields: readonly FieldDoc[], label: string): void {
    const { draft, selection, types } = this.host;
    const known = fields.filter((one) => types.of(one.type).label);
    const place = this.#below(...known.map((one) => one.type));
    const fitting = known.filter((one) => place.inside === null || types.of(one.type).inside);
    if (!fitting.length) return toast({ text: t("没有可以粘贴的字段", "There is no field to paste") });
    let paths: string[] = [];
    draft.change(label, (form) => { paths = insertAll(form, fitting.map((one) => copy(one)), place, types); });
    selection.all(paths);
    this.host.selected();
    this.host.say(t("已粘贴 {n} 个字段", paths.length === 1 ? "{n} field pasted" : "{n} fields pasted", { n: paths.length }));
  }

  /** Where the selected fields can go to from where they are; what they cannot do has nothing to run. */
  steps(): Step[] {
    const { types } = this.host;
    const paths = this.chosen;
    if (paths.length > 1) return movesOfAll(this.#form, paths, types).map(({ run, ...one }) => ({ ...one, run: run && ((): void => this.#moved(paths, run)) }));
    if (!paths.length) return [];
    return moves(this.#form, paths[0], types).map(({ place, ...one }) => ({ ...one, run: place && ((): void => this.#moved(paths, (form) => [move(form, paths[0], place, types)])) }));
  }

  /** What fields are called in a message: by name, several by their number. */
  name(paths: readonly string[]): string {
    if (paths.length !== 1) return t(" {n} 个字段", "{n} fields", { n: paths.length });
    return t("“{field}”", "“{field}”", { field: labelText(found(this.#form, paths[0])?.label) || keyOf(paths[0]) });
  }

  get #form(): Form {
    return this.host.draft.document;
  }

  #moved(paths: readonly string[], run: (form: Form) => string[]): void {
    const what = this.name(paths);
    let now: string[] = [];
    this.host.draft.change(t("移动{what}", "Move {what}", { what }), (form) => { now = run(form); });
    this.host.selection.all(now);
    this.host.selected();
    const list = listOf(this.#form, insideOf(now[0]));
    this.host.say(t("{what}已移到第 {n} 位，共 {total} 个", "{what} moved to place {n} of {total}", { what: what.trim(), n: list.findIndex((one) => one.key === keyOf(now[0])) + 1, total: list.length }));
  }

  /** Below what is selected: a column below a column where all may stand there, else below the row. */
  #below(...adding: string[]): Place {
    const form = this.#form;
    const path = this.chosen.at(-1);
    const inside = path === undefined ? null : insideOf(path);
    if (path !== undefined && inside !== null && adding.some((type) => this.host.types.of(type).inside)) return { inside, index: listOf(form, inside).findIndex((one) => one.key === keyOf(path)) + 1 };
    const key = path?.split(".")[0];
    const at = form.fields.findIndex((one) => one.key === key);
    if (at < 0) return { inside: null, index: form.fields.length };
    const row = rowsOf(form.fields, this.host.types).find((keys) => keys.includes(key!))!;
    return { inside: null, index: at === form.fields.length - 1 ? at + 1 : form.fields.findIndex((one) => one.key === row.at(-1)) + 1 };
  }
}
