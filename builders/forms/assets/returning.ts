/** What goes with records: removed fields that come back, values that a new type left aside, a text column into a form. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { get, post } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import { define } from "../../../engine/web/assets/lazy";
import type { Draft, FieldDoc } from "./draft";
import { labelText } from "./labels";
import { insideOf, listOf } from "./structure";
import type { Types } from "./types";

interface Removed { path: string; label: string; field: FieldDoc; values: number; until: string }
interface Kept { title: string; value: string; becomes: string | null }

/** The fields that were removed lately, each with the way back; nothing where there is none. */
export function removedFields(draft: Draft): HTMLElement {
  const section = el("section", { class: "property-group", hidden: true });
  void get<{ fields: Removed[] }>(`${draft.url}/removed`).then(({ fields }) => {
    if (!fields.length) return;
    section.hidden = false;
    section.replaceChildren(el("h3", { class: "label" }, t("已删除的字段", "Removed fields")), ...fields.map((one) => el("div", { class: "property-line" },
      el("span", { class: "grow truncate", title: t("保留到 {day}", "Kept until {day}", { day: one.until }) }, one.label, el("span", { class: "second caption" }, ` ${t("{n} 个值", "{n} values", { n: one.values })}`)),
      el("button", { type: "button", class: "btn btn-small", onclick: (event: Event) => { bringBack(draft, one); (event.currentTarget as HTMLElement).closest(".property-line")!.remove(); } }, t("恢复", "Bring back")))));
  }, () => undefined);
  return section;
}

function bringBack(draft: Draft, removed: Removed): void {
  draft.change(t("恢复“{field}”", "Bring back “{field}”", { field: removed.label }), (form) => {
    const list = listOf(form, insideOf(removed.path));
    if (!list.some((one) => one.key === removed.field.key)) list.push(structuredClone(removed.field));
  });
  toast(t("“{field}”回到了最后，发布后值也回来", "“{field}” is back at the end; its values come with publishing", { field: removed.label }));
}

/** The values that the present type could not take over wholly. */
export function keptValues(draft: Draft, path: string): HTMLElement {
  const section = el("section", { class: "property-group", hidden: true });
  void get<{ values: Kept[] }>(`${draft.url}/kept?path=${encodeURIComponent(path)}`).then(({ values }) => {
    if (!values.length) return;
    section.hidden = false;
    section.replaceChildren(el("h3", { class: "label" }, t("没能完整转换的原值（改回原类型即恢复）", "Values that did not convert wholly (they come back with the old type)")),
      el("ul", { class: "plain-list caption" }, ...values.map((one) => el("li", {}, `${one.title}${t("：", ": ")}${one.value} → ${one.becomes || t("空", "empty")}`))));
  }, () => undefined);
  return section;
}

/** A text column can become a form that it links to. */
export function linkButton(draft: Draft, types: Types, field: FieldDoc): HTMLElement {
  return el("button", { type: "button", class: "btn", onclick: () => void ask(draft, types, field) }, icon("table-plus"), t("变成关联的表单…", "Turn into a linked form…"));
}

async function ask(draft: Draft, types: Types, field: FieldDoc): Promise<void> {
  if (!(await draft.save())) return;
  const label = labelText(field.label) || field.key;
  const choice = el("select", { class: "input form-select", id: "linked-target" }, el("option", { value: "" }, t("一张新表单", "A new form")), ...types.forms.filter((one) => one.key !== draft.document.key).map((one) => el("option", { value: one.key }, one.label)));
  const name = el("input", { class: "input", id: "linked-name", value: label, maxlength: 100, autocomplete: "off" });
  const naming = el("div", { class: "field" }, el("label", { class: "label", for: "linked-name" }, t("新表单的名称", "Name of the new form")), name);
  choice.addEventListener("change", () => { naming.hidden = Boolean(choice.value); });
  const refused = el("p", { class: "field-error", role: "alert" });
  const body = el("div", { class: "dialog-body stack" },
    el("p", { class: "second" }, t("“{field}”里不同的值各成一条记录，这一列改为关联它们；看得到这一列的角色可以查看这些记录。立刻生效。", "Each different value of “{field}” becomes a record, and the column links to it; roles that see the column may see those records. It takes effect at once.", { field: label })),
    el("div", { class: "field" }, el("label", { class: "label", for: "linked-target" }, t("关联到", "Link to")), choice), naming, refused);
  const act = el("button", { class: "btn btn-primary", type: "submit" }, t("变成关联", "Turn into a link"));
  const dialog = el("dialog", { class: "dialog", "aria-label": t("变成关联的表单", "Turn into a linked form") },
    el("form", {}, el("div", { class: "dialog-header" }, el("h2", {}, t("变成关联的表单", "Turn into a linked form"))), body,
      el("div", { class: "dialog-footer" }, el("button", { class: "btn", type: "button", onclick: () => dialog.close() }, t("取消", "Cancel")), act)));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.querySelector("form")!.addEventListener("submit", (event) => {
    event.preventDefault();
    act.disabled = true;
    post<{ job: string }>(`${draft.url}/linked-form`, { path: field.key, name: name.value, form: choice.value }).then(({ job }) => {
      body.replaceChildren(el("jf-job", { url: job, label: t("变成关联的表单", "Turning into a linked form"), reload: true }));
      define(dialog);
    }, (reason: Error & { problem?: { errors?: { message: string }[] } }) => {
      act.disabled = false;
      refused.textContent = reason.problem?.errors?.[0]?.message ?? reason.message;
    });
  });
  document.body.append(dialog);
  dialog.showModal();
}
