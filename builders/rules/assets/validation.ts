/** The editor of checks on saving: a formula that must be true, with a message of one's own. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { labelControl } from "../../forms/assets/label-control";
import { base, fields, here, inside, isLayout, part, several, when } from "./parts";
import type { Around, RuleDoc } from "./parts";

export function start(): Partial<RuleDoc> {
  return { level: "must", formula: "TRUE", message: { [here()]: t("请检查这里", "Please check this") }, fields: [] };
}

export function draw(around: Around): HTMLElement[] {
  const { rule, draft } = around;
  const title = t("必须成立", "Must be true");
  const area = el("textarea", { class: "input mono", rows: 3, name: "formula", spellcheck: "false", "aria-label": title });
  area.value = String(rule.formula ?? "");
  area.addEventListener("input", () => around.change((now) => { now.formula = area.value.trim() || "TRUE"; }));
  const level = el("div", { class: "segments", role: "group", "aria-label": t("不成立时", "Otherwise") });
  for (const [value, label] of [["must", t("拒绝保存", "Refuse")], ["remind", t("提醒一次", "Remind once")]]) {
    level.append(el("button", { type: "button", "aria-pressed": String((rule.level ?? "must") === value), onclick: () => around.change((now) => { now.level = value; }, true) }, label));
  }
  const places = fields(draft.document, (field, subform) => !isLayout(field) && (!rule.inside || subform?.key === rule.inside));
  const at = t("提示显示在", "Said at");
  return [
    inside(around, (now) => { delete now.when; now.fields = []; }),
    when(around),
    part(title, "/formula", el("jf-formula", { url: `${base(draft)}/formulas`, inside: rule.inside, draft: true, result: "boolean" }, area)),
    part(t("不成立时", "Otherwise"), "/level", level),
    el("div", { class: "rule-part", "data-place": "/message" }, labelControl("rule-message", t("提示语", "Message"), rule.message, (value) => around.change((now) => { now.message = value ?? { [here()]: "…" }; }), draft.languages)),
    part(at, "/fields", several(at, places, (rule.fields as string[] | undefined) ?? [], (paths) => around.change((now) => { now.fields = paths; }))),
  ].filter((one): one is HTMLElement => one !== null);
}
