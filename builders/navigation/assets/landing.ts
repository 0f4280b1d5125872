/** Where the app opens: for everybody, and for each role. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import type { App, Change, Landing, Surroundings } from "./app";

export function landing(box: HTMLElement, app: App, around: Surroundings, change: Change): void {
  const focused = (document.activeElement as HTMLElement | null)?.id;
  const lines = [{ key: "default", label: t("所有人", "Everybody") }, ...around.roles].map(({ key, label }) => line(key, label, app.landing?.[key], around, change));
  box.replaceChildren(el("p", { class: "second" }, t("有多个角色的人，看到其中第一个设置的。", "Who has several roles sees the first that is set.")), ...lines);
  if (focused) document.getElementById(focused)?.focus();
}

function line(role: string, label: string, now: Landing | undefined, around: Surroundings, change: Change): HTMLElement {
  const none = role === "default" ? t("第一个能看的表单", "The first form one may see") : t("和所有人一样", "As for everybody");
  const form = el("select", { class: "form-select", id: `landing-${role}`, "aria-label": t("{role}先看的表单", "{role}: form", { role: label }) }, el("option", { value: "" }, none), ...around.forms.map((one) => el("option", { value: one.key }, one.label)));
  form.value = now?.form ?? "";
  const views = around.forms.find(({ key }) => key === now?.form)?.views ?? [];
  const view = el("select", { class: "form-select", id: `landing-view-${role}`, "aria-label": t("{role}先看的视图", "{role}: view", { role: label }) }, el("option", { value: "" }, t("第一个视图", "The first view")), ...views.map((one) => el("option", { value: one.key }, one.label)));
  view.value = now?.view ?? "";
  const put = (place: Landing | null): void => change(t("设置首页", "Set what opens first"), (all) => {
    const places = (all.landing ??= {});
    if (place) places[role] = place;
    else delete places[role];
  });
  form.addEventListener("change", () => put(form.value ? { form: form.value } : null));
  view.addEventListener("change", () => put(view.value ? { form: form.value, view: view.value } : { form: form.value }));
  return el("div", { class: "landing-line" }, el("span", { class: "truncate" }, label), form, views.length > 0 && view);
}
