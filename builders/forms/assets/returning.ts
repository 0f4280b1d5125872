/** What goes with records: removed fields that come back, values that a new type left aside. */
import { el } from "../../../engine/web/assets/base/dom";
import { get } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import type { Draft, FieldDoc } from "./draft";
import { insideOf, listOf } from "./structure";

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
