/** The editor of display rules: if … show, hide, require, lock. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { fields, inside, isLayout, part, several, toggle, when } from "./parts";
import type { Around, Choice, RuleDoc } from "./parts";

const ROLES = ["show", "hide", "require", "lock"] as const;
const title = (role: (typeof ROLES)[number]): string => ({
  show: t("显示", "Show"), hide: t("隐藏", "Hide"), require: t("必填", "Require"), lock: t("锁定", "Lock"),
}[role]);
const hint = (role: (typeof ROLES)[number]): string => ({
  show: t("不满足条件时隐藏", "Hidden where the condition does not hold"), hide: "", require: "", lock: t("不能再修改", "Can no longer be changed"),
}[role]);

export function start(): Partial<RuleDoc> {
  return { show: [] };
}

export function draw(around: Around): HTMLElement[] {
  const { rule } = around;
  const parts = [inside(around, (now) => { delete now.when; for (const role of ROLES) delete now[role]; now.show = []; }), when(around)];
  for (const role of ROLES) {
    const chosen = (rule[role] as string[] | undefined) ?? [];
    parts.push(part(title(role), `/${role}`, several(title(role), targets(around, role), chosen, (paths) => around.change((now) => {
      if (paths.length) now[role] = paths;
      else delete now[role];
      if (!ROLES.some((one) => one in now)) now.show = [];
    })), hint(role) ? el("span", { class: "field-hint" }, hint(role)) : null));
  }
  parts.push(part(t("隐藏的字段", "What is hidden"), "/empty_when_hidden", toggle(t("保存时清空隐藏的字段（否则保留原来的值）", "Empty it on saving (else it keeps its value)"), rule.empty_when_hidden === true, (on) => around.change((now) => {
    if (on) now.empty_when_hidden = true;
    else delete now.empty_when_hidden;
  }))));
  return parts.filter((one): one is HTMLElement => one !== null);
}

function targets({ draft, rule, types }: Around, role: string): Choice[] {
  const visible = role === "show" || role === "hide";
  return fields(draft.document, (field, subform) => {
    if (rule.inside && subform?.key !== rule.inside) return false;
    if (isLayout(field)) return visible;
    return visible || !types.of(field.type).computed;
  });
}
