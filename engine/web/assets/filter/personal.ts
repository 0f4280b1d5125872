/** Values that depend on who looks: 我, 我的下属, 我的部门. */
import { t } from "../base/language";
import type { Column } from "../grid/contract";

export interface Personal { tag: string; label: string; value: Record<string, boolean> }

const PEOPLE: Personal[] = [
  { tag: "@me", label: t("我（当前用户）", "Me (whoever looks)"), value: { me: true } },
  { tag: "@my_reports", label: t("我的下属", "My reports"), value: { my_reports: true } },
];
const PLACES: Personal[] = [
  { tag: "@my_department", label: t("我的部门", "My department"), value: { my_department: true } },
  { tag: "@my_department_below", label: t("我的部门及下级", "My department and below"), value: { my_department: true, below: true } },
  { tag: "@headed_by_me", label: t("我负责的部门", "Departments I head"), value: { headed_by_me: true } },
];

/** The values of this kind that a field may be compared with. */
export function personal(column: Column): Personal[] {
  return /member|owner|_by$/.test(column.type) ? PEOPLE : /department/.test(column.type) ? PLACES : [];
}

/** What a chosen value is known by while it is ticked. */
export function tagOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if ("id" in value) return String(value.id);
  return `@${Object.keys(value)[0]}${"below" in value && value.below ? "_below" : ""}`;
}
