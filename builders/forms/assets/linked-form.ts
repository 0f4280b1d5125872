/** A text column becomes a form that it links to: which form, who will not see it, and the work itself. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { get, post } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import { toast } from "../../../engine/web/assets/elements/toast";
import { define } from "../../../engine/web/assets/lazy";
import type { Draft, FieldDoc } from "./draft";
import { labelText } from "./labels";
import type { Types } from "./types";

interface Role { key: string; label: string }
interface Ended { state: string; result?: { form?: string; roles_without?: string[] } }
type Problem = Error & { problem?: { errors?: { message: string }[] } };

/** The way there, among what is seldom needed of a field. */
export function linkButton(draft: Draft, types: Types, field: FieldDoc, path: string): HTMLElement {
  const button = el("button", { type: "button", class: "btn" }, icon("table-plus"), t("变成关联的表单…", "Turn into a linked form…"));
  button.addEventListener("click", async () => {
    button.disabled = true; // pressed twice: one dialog
    try {
      if (await draft.save()) ask(draft, types, field, path);
      else toast({ text: draft.faults[0]?.message ?? t("还没有保存", "Not saved yet"), bad: true });
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

function ask(draft: Draft, types: Types, field: FieldDoc, path: string): void {
  const label = labelText(field.label) || field.key;
  const choice = el("select", { class: "input form-select", id: "linked-target" }, el("option", { value: "" }, t("一张新表单", "A new form")), ...types.forms.filter((one) => one.key !== draft.document.key).map((one) => el("option", { value: one.key }, one.label)));
  const name = el("input", { class: "input", id: "linked-name", value: label, maxlength: 100, autocomplete: "off" });
  const naming = el("div", { class: "field" }, el("label", { class: "label", for: "linked-name" }, t("新表单的名称", "Name of the new form")), name);
  const without = el("div", { "aria-live": "polite" });
  const refused = el("p", { class: "field-error", role: "alert" });
  const body = el("div", { class: "dialog-body stack" },
    el("p", { class: "second" }, t("“{field}”里不同的值各成一条记录，这一列改为关联它们；看得到整列的角色可以查看这些记录。立刻生效。", "Each different value of “{field}” becomes a record, and the column links to it; roles that see the whole column may see those records. It takes effect at once.", { field: label })),
    el("div", { class: "field" }, el("label", { class: "label", for: "linked-target" }, t("关联到", "Link to")), choice), naming, without, refused);
  const act = el("button", { class: "btn btn-primary", type: "submit" }, t("变成关联", "Turn into a link"));
  const away = el("button", { class: "btn", type: "button", onclick: () => dialog.close() }, t("取消", "Cancel"));
  const dialog = el("dialog", { class: "dialog", "aria-label": t("变成关联的表单", "Turn into a linked form") },
    el("form", {}, el("div", { class: "dialog-header" }, el("h2", {}, t("变成关联的表单", "Turn into a linked form"))), body, el("div", { class: "dialog-footer" }, away, act)));
  const outlook = outlookOf(draft, path, without);
  choice.addEventListener("change", () => {
    naming.hidden = Boolean(choice.value);
    void outlook(choice.value);
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.querySelector("form")!.addEventListener("submit", (event) => {
    event.preventDefault();
    if (act.disabled) return;
    act.disabled = true;
    post<{ job: string }>(`${draft.url}/linked-form`, { path, name: name.value, form: choice.value }).then(({ job }) => {
      act.remove();
      away.textContent = t("在后台继续", "Go on in the background");
      document.dispatchEvent(new CustomEvent("jf:follow", { detail: { url: job, title: t("“{field}”变成关联的表单", "“{field}” becomes a linked form", { field: label }) } }));
      work(draft, body, away, job, outlook.labels);
    }, (reason: Problem) => {
      act.disabled = false;
      refused.textContent = reason.problem?.errors?.[0]?.message ?? reason.message;
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  void outlook("");
}

/** Says for a form which roles will not see it; of two answers the later question's counts. */
function outlookOf(draft: Draft, path: string, box: HTMLElement): ((form: string) => Promise<void>) & { labels: Map<string, string> } {
  const labels = new Map<string, string>();
  let turn = 0;
  const tell = async (form: string): Promise<void> => {
    const mine = ++turn;
    const query = new URLSearchParams({ path, form });
    const { roles } = await get<{ roles: Role[] }>(`${draft.url}/linked-form?${query}`).catch(() => ({ roles: [] as Role[] }));
    if (mine !== turn) return;
    for (const role of roles) labels.set(role.key, role.label);
    box.replaceChildren(...(roles.length ? [leftOut(roles.map((one) => one.label))] : []));
  };
  return Object.assign(tell, { labels });
}

function leftOut(names: string[], more?: HTMLElement): HTMLElement {
  const said = t("{roles}只看得到一部分记录里的这一列，所以不会自动得到查看权限，关联的名称对他们不显示。需要的话，在那张表单的“权限”里给他们。", "{roles} see this column in some records only, so they are not given the right to see the linked records, whose names stay hidden from them. Where they need it, give it under “Permissions” of that form.", { roles: names.map((one) => t("“{name}”", "“{name}”", { name: one })).join(t("、", ", ")) });
  return el("div", { class: "note-bar", "data-color": "amber", "data-left-out": true }, icon("lock"), el("div", { class: "grow" }, said, more ?? null));
}

/** The work under way; at its end it says who was left out, else the page is drawn anew. */
function work(draft: Draft, body: HTMLElement, away: HTMLElement, job: string, labels: Map<string, string>): void {
  const card = el("jf-job", { url: job, label: t("变成关联的表单", "Turning into a linked form") });
  card.addEventListener("jf:job-ended", (event) => {
    const { state, result } = (event as CustomEvent<Ended>).detail;
    away.textContent = t("完成", "Done");
    if (state !== "succeeded") return;
    const without = result?.roles_without ?? [];
    if (!without.length) return location.reload();
    away.addEventListener("click", () => location.reload());
    const place = `${draft.url.replace(/[^/]+\/design$/, `${result!.form}/design`)}/permissions`;
    body.replaceChildren(leftOut(without.map((key) => labels.get(key) ?? key), el("p", {}, el("a", { href: place }, t("去设置权限", "Set the permissions")))));
  });
  body.replaceChildren(card);
  define(body);
}
