/** From a field with options to the rule that says on what they depend: the way to cascading options. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import type { Draft, FieldDoc, Form } from "../../forms/assets/draft";
import { free } from "../../forms/assets/structure";
import { begun, deciders, offers } from "./options";
import { called, fieldAt } from "./parts";
import type { RuleDoc } from "./parts";

/** What decides on the options of the field at `path`, and how to say so; nothing for a field without options of its own. */
export function decidedBy(draft: Draft, field: FieldDoc, path: string): HTMLElement[] {
  if (!offers(field)) return [];
  const form = draft.document;
  const rules = rulesOf(form).filter((rule) => rule.kind === "options" && rule.field === path);
  const others = deciders(form, path);
  const add = el("button", { type: "button", class: "btn btn-small", "data-decide": true, disabled: !others.length }, icon("list-check"), t("随另一字段变化…", "Depend on another field…"));
  add.addEventListener("click", () => void begin(draft, path, add));
  return [el("section", { class: "property-group", "data-property": "decided_by" },
    el("h3", { class: "label" }, t("选项随另一字段变化", "Options that depend on another field")),
    ...rules.map((rule) => el("div", { class: "property-line" },
      el("span", { class: "grow truncate" }, said(form, rule)),
      el("a", { class: "btn btn-small", href: address(draft, rule.key) }, t("修改", "Edit")))),
    add,
    others.length ? null : el("p", { class: "field-hint" }, t("再加一个有选项的字段，就可以由它决定", "Add another field with options, and it can decide")))];
}

async function begin(draft: Draft, path: string, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  const key = free("options", new Set(rulesOf(draft.document).map((rule) => rule.key)));
  draft.change(t("添加规则", "Add a rule"), (form) => { form.rules = [...rulesOf(form), { key, kind: "options", ...begun(form, path) }]; });
  if (await draft.save()) location.assign(address(draft, key));
  else button.disabled = false;
}

const rulesOf = (form: Form): RuleDoc[] => (form.rules as RuleDoc[] | undefined) ?? [];
const address = (draft: Draft, key: string): string => `${draft.url}/rules?rule=${encodeURIComponent(key)}`;

function said(form: Form, rule: RuleDoc): string {
  const by = rule.by ? fieldAt(form, rule.inside ? `${rule.inside}.${String(rule.by)}` : String(rule.by)) ?? fieldAt(form, String(rule.by)) : undefined;
  return by ? t("由「{by}」决定", "Decided by “{by}”", { by: called(by) }) : t("按条件决定", "Decided by a condition");
}
