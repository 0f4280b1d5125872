/** The properties of the form itself: its name, what it is for, its icon, the title of its records. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { post } from "../../../engine/web/assets/base/http";
import type { Refused } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { confirmed } from "../../../engine/web/assets/elements/dialog";
import { toast } from "../../../engine/web/assets/elements/toast";
import { labelControl } from "./label-control";
import type { Draft, Form } from "./draft";
import { labelText } from "./labels";
import { removedFields } from "./returning";
import type { Types } from "./types";

type Change = (edit: (form: Form) => void, group?: string) => void;
const ICONS = ["table", "building", "users", "user", "address-book", "message", "target-arrow", "file-text", "file-invoice", "coin", "credit-card", "shopping-cart", "package", "box", "truck", "calendar-event", "checklist", "headset", "bell", "map-pin", "tool", "school", "heart", "star"];

export function formProperties(draft: Draft, types: Types, change: Change): Node[] {
  const form = draft.document;
  const set = (name: string) => (value: unknown): void => change((now) => { if (value === undefined) delete now[name]; else now[name] = value; }, `@form/${name}`);
  return [
    el("header", { class: "properties-head" }, el("h2", { class: "truncate" }, t("表单", "Form")), el("code", { class: "second truncate" }, form.key)),
    el("section", { class: "property-group" },
      labelControl("name", t("名称", "Name"), form.name, (value) => { if (value !== undefined) set("name")(value); }, draft.languages, { main: true }),
      labelControl("description", t("说明", "Description"), form.description, set("description"), draft.languages, { long: true })),
    el("section", { class: "property-group" }, titleControl(form, types, set("title"))),
    el("section", { class: "property-group" },
      el("div", { class: "property", "data-property": "icon" }, el("span", { class: "property-label label" }, t("图标", "Icon")),
        el("div", { class: "icon-choice", role: "group", "aria-label": t("图标", "Icon") }, ...ICONS.map((name) => el("button", {
          type: "button", class: "btn btn-quiet btn-icon", "aria-label": name, "aria-pressed": String(name === (form.icon ?? "table")),
          onclick: (event: Event) => {
            set("icon")(name);
            for (const one of (event.currentTarget as HTMLElement).parentElement!.children) one.setAttribute("aria-pressed", String(one === event.currentTarget));
          } }, icon(name)))))),
    removedFields(draft),
    el("section", { class: "property-group" }, el("button", { type: "button", class: "btn btn-danger", onclick: () => void removal(draft) }, icon("trash"), t("删除表单", "Remove the form"))),
  ];
}

async function removal(draft: Draft): Promise<void> {
  const name = labelText(draft.document.name) || draft.document.key;
  const lost = draft.published ? t("表单和它的全部记录不再可见；还有别处用到它时不会删除。", "The form and all of its records are gone; it stays where something still uses it.") : t("这个表单还没有发布过，草稿会丢失。", "It was never published; the draft is lost.");
  if (!(await confirmed(t("删除表单“{name}”？", "Remove the form “{name}”?", { name }), lost, t("删除", "Remove")))) return;
  await draft.save();
  try {
    location.href = (await post<{ url: string }>(`${draft.url}/removal`, {})).url;
  } catch (reason) {
    const refused = reason as Refused;
    toast({ text: refused.problem?.errors?.[0]?.message ?? refused.message, bad: true });
  }
}

function titleControl(form: Form, types: Types, set: (value: unknown) => void): HTMLElement {
  const fields = form.fields.filter((one) => !types.of(one.type).layout && one.type !== "subform");
  const input = el("input", { class: "input", id: "property-title", value: (form.title as string) ?? "", placeholder: "{name}", autocomplete: "off" });
  input.addEventListener("input", () => set(input.value.trim() || undefined));
  const choice = el("select", { class: "input form-select", "aria-label": t("插入字段", "Insert a field") }, el("option", { value: "" }, t("插入字段…", "Insert a field…")),
    ...fields.map((one) => el("option", { value: one.key }, labelText(one.label) || one.key)));
  choice.addEventListener("change", () => {
    if (!choice.value) return;
    input.value = input.value.trim() ? `${input.value.trimEnd()} · {${choice.value}}` : `{${choice.value}}`;
    choice.value = "";
    set(input.value);
  });
  return el("div", { class: "property", "data-property": "title" }, el("label", { class: "label", for: "property-title" }, t("记录的标题", "Title of a record")), input, choice,
    el("p", { class: "field-hint" }, t("列表、链接和搜索里这样称呼一条记录", "How a record is called in lists, links and searches")));
}
