/** Fields that were just put in can be named in formulas at once, before the server has heard of them. */
import { namesOf } from "../../../engine/web/assets/formula/names";
import type { FieldName } from "../../../engine/web/assets/formula/names";
import type { Context } from "./control";
import type { FieldDoc } from "./draft";
import { labelText } from "./labels";

/** Let the formula of this place name them. */
export function nameable(context: Context): void {
  const inside = context.path.includes(".") ? context.path.split(".")[0] : "";
  const names = namesOf(`${context.base}/formulas`, inside, true);
  const learn = (): void => names.add(ownNames(latest.get(names)!, inside));
  if (!latest.has(names)) names.addEventListener("names", learn);
  latest.set(names, context);
  learn();
}

const latest = new WeakMap<EventTarget, Context>();

function ownNames({ draft, field: own, types }: Context, inside: string): FieldName[] {
  const titleOf = (field: FieldDoc): string => labelText(field.label) || field.key;
  const as = (path: string, field: FieldDoc, label: string): FieldName => ({ path, label, type: field.type, kind: field.type, icon: types.of(field.type).icon, group: "", spelled: field.key.replaceAll("_", ""), initials: [], leads: false });
  const plain = (field: FieldDoc): boolean => field.type !== "subform" && !types.of(field.type).layout && field.key !== own.key;
  return draft.document.fields.flatMap((field) => {
    const columns = field.type === "subform" ? ((field.fields as FieldDoc[]) ?? []).filter(plain) : [];
    if (field.key === inside) return columns.map((one) => as(one.key, one, titleOf(one)));
    return [...(plain(field) ? [as(field.key, field, titleOf(field))] : []), ...columns.map((one) => as(`${field.key}.${one.key}`, one, `${titleOf(field)} · ${titleOf(one)}`))];
  });
}
