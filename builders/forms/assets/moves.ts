/** Where a field can go without being dragged: everything that dragging does, by key and menu. */
import { t } from "../../../engine/web/assets/base/language";
import type { Form } from "./draft";
import { labelText } from "./labels";
import { found, insideOf, keyOf, listOf, roomBeside, rowsOf } from "./structure";
import type { Place } from "./structure";
import type { Types } from "./types";

export interface Move { label: string; key: string; keys: string; place: Place | null }

/** The places that a field can go to from where it is; those it cannot go to have no place. */
export function moves(form: Form, path: string, types: Types): Move[] {
  const inside = insideOf(path);
  const key = keyOf(path);
  const list = listOf(form, inside);
  const at = list.findIndex((one) => one.key === key);
  const to = (index: number, beside?: string): Place => ({ inside, index, beside });
  const found_: Move[] = [
    { label: t("往前", "Earlier"), key: "ArrowUp", keys: "Alt ↑", place: at > 0 ? earlier() : null },
    { label: t("往后", "Later"), key: "ArrowDown", keys: "Alt ↓", place: at < list.length - 1 ? later() : null },
  ];
  if (inside === null) {
    const type = types.of(form.fields[at]?.type ?? "");
    const rows = rowsOf(list, types);
    const row = rows.findIndex((keys) => keys.includes(key));
    const above = rows[row - 1]?.at(-1);
    const before = rows[row]?.[rows[row].indexOf(key) - 1];
    const mate = before ?? above;
    found_.push({ label: mate ? t("放到“{field}”旁边", "Beside “{field}”", { field: name(mate) }) : "", key: "ArrowLeft", keys: "Alt ←", place: !type.layout && mate && !before && roomBeside(form, mate, [key], types) ? to(index(mate) + 1, mate) : null });
    found_.push({ label: t("自己一行", "A row of its own"), key: "ArrowRight", keys: "Alt →", place: !type.layout && rows[row]?.length > 1 ? to(index(rows[row].at(-1)!) + 1) : null });
    found_.push({ label: t("移到最前", "To the top"), key: "", keys: "", place: at > 0 ? to(0) : null });
    found_.push({ label: t("移到最后", "To the end"), key: "", keys: "", place: at < list.length - 1 ? to(list.length) : null });
    if (type.inside) for (const subform of form.fields.filter((one) => one.type === "subform" && one.key !== key))
      found_.push({ label: t("移入“{form}”", "Into “{form}”", { form: labelText(subform.label) || subform.key }), key: "", keys: "", place: { inside: subform.key, index: listOf(form, subform.key).length } });
  } else if (list.length > 1) {
    found_.push({ label: t("移出“{form}”", "Out of “{form}”", { form: name(inside) }), key: "", keys: "", place: { inside: null, index: form.fields.findIndex((one) => one.key === inside) + 1 } });
  }
  return found_;

  function index(of: string): number {
    return list.findIndex((one) => one.key === of);
  }
  function name(of: string): string {
    return labelText(found(form, of)?.label) || of;
  }
  /** One place earlier: before the field in front of it, in its row where it has one. */
  function earlier(): Place {
    if (inside !== null) return to(at - 1);
    const row = rowsOf(list, types).find((keys) => keys.includes(key))!;
    const mate = list[at - 1].key;
    return row.includes(mate) ? to(at - 1, mate) : to(at - 1, rowmate(mate));
  }
  function later(): Place {
    if (inside !== null) return to(at + 2);
    const mate = list[at + 1].key;
    return to(at + 2, rowmate(mate));
  }
  /** Beside what stands there where that has neighbours; alone where it stands alone. */
  function rowmate(mate: string): string | undefined {
    const row = rowsOf(list, types).find((keys) => keys.includes(mate))!;
    return row.length > 1 && roomBeside(form, mate, [key], types) && !types.of(list[at].type).layout ? mate : undefined;
  }
}
