/** The groups and their forms, arranged by dragging or by the arrow keys on a handle. */
import Sortable from "sortablejs";
import { el, icon } from "../../../engine/web/assets/base/dom";
import { language, t } from "../../../engine/web/assets/base/language";
import { popover } from "../../../engine/web/assets/base/popover";
import { labelIn, labelText, relabelled } from "../../forms/assets/labels";
import { loose, moveForm } from "./app";
import type { App, Change, FormShown, Group, Item, Surroundings } from "./app";
import { iconChoice } from "./icon-choice";

export class Groups {
  #sortables: Sortable[] = [];

  constructor(readonly box: HTMLElement, readonly around: Surroundings, readonly change: Change, readonly say: (text: string) => void) {}

  draw(app: App): void {
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-focus]")?.dataset.focus;
    for (const one of this.#sortables) one.destroy();
    const groups = app.navigation ?? [];
    const rest = loose(app, this.around.forms);
    this.box.replaceChildren(
      el("div", { class: "stack", "data-sorted": true }, ...groups.map((group, at) => this.#group(group, at, groups.length))),
      el("section", { class: "card nav-group" }, el("div", { class: "nav-group-head" }, el("span", { class: "second" }, rest.length ? t("没有分组（排在最后）", "In no group (shown last)") : t("所有表单都在分组里；拖到这里可以移出分组", "Every form is in a group; drag one here to take it out"))),
        el("ul", { class: "nav-items", "data-group": "" }, ...rest.map((form) => this.#item({ form: form.key }, null)))));
    this.#sortables = [...this.box.querySelectorAll<HTMLElement>(".nav-items")].map((list) => Sortable.create(list, { ...DRAG, group: "forms", onEnd: (event) => this.#dropped(event) }));
    this.#sortables.push(Sortable.create(this.box.querySelector<HTMLElement>("[data-sorted]")!, { ...DRAG, handle: ".nav-group-head .grip", onEnd: (event) => this.#moveGroup(event.oldIndex ?? 0, event.newIndex ?? 0) }));
    if (focused) this.box.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  #group(group: Group, at: number, count: number): HTMLElement {
    const name = el("input", { class: "input nav-group-name", value: labelIn(group.label, language) || labelText(group.label), "aria-label": t("分组名称", "Name of the group"), maxlength: 60, "data-focus": `name-${group.key}` });
    name.addEventListener("input", () => this.change(t("分组改名", "Rename a group"), (app) => { find(app, group.key).label = relabelled(find(app, group.key).label, language, name.value.trim()); }, `name-${group.key}`));
    const grip = handle(t("移动分组“{name}”，用上下键", "Move the group “{name}” with the arrow keys", { name: labelText(group.label) }), `group-${group.key}`);
    grip.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (!step || at + step < 0 || at + step >= count) return;
      event.preventDefault();
      this.#moveGroup(at, at + step);
      this.say(t("第 {n} 个分组", "Group {n}", { n: at + step + 1 }));
    });
    const remove = el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("删除分组“{name}”，表单不删除", "Remove the group “{name}”; its forms stay", { name: labelText(group.label) }), title: t("删除分组（表单不删除）", "Remove the group (its forms stay)"),
      onclick: () => this.change(t("删除分组", "Remove a group"), (app) => { app.navigation = app.navigation!.filter(({ key }) => key !== group.key); }) }, icon("trash"));
    return el("section", { class: "card nav-group", "aria-label": labelText(group.label) },
      el("div", { class: "nav-group-head" }, grip, name, this.#otherLanguage(group), remove),
      el("ul", { class: "nav-items", "data-group": group.key }, ...group.items.map((item) => this.#item(item, group.key))));
  }

  #otherLanguage(group: Group): HTMLElement {
    const other = language === "en" ? "zh-CN" : "en";
    const called = other === "en" ? "English" : "中文";
    const button = el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": `${labelText(group.label)} · ${called}`, title: called }, icon("language"));
    button.addEventListener("click", () => {
      const input = el("input", { class: "input", value: labelIn(group.label, other), "aria-label": called, maxlength: 60 });
      input.addEventListener("input", () => this.change(t("分组改名", "Rename a group"), (app) => { find(app, group.key).label = relabelled(find(app, group.key).label, other, input.value.trim()); }, `other-${group.key}`));
      popover(button, called, [el("label", { class: "stack" }, called, input)]);
    });
    return button;
  }

  #item(item: Item, group: string | null): HTMLElement {
    const form = this.around.forms.find(({ key }) => key === item.form);
    const name = form?.label ?? item.form;
    const grip = handle(t("移动“{name}”，用上下键", "Move “{name}” with the arrow keys", { name }), `form-${item.form}`);
    grip.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (!step) return;
      event.preventDefault();
      this.#step(item.form, step);
    });
    return el("li", { class: "nav-item", "data-form": item.form }, grip, this.#icon(item, form, group), el("span", { class: "grow truncate" }, name),
      ...(group === null ? [] : [el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("把“{name}”移出分组", "Take “{name}” out of the group", { name }), title: t("移出分组", "Take out of the group"), onclick: () => this.change(t("移出分组", "Take out of the group"), (app) => moveForm(app, item.form, null, 0)) }, icon("x"))]));
  }

  #icon(item: Item, form: FormShown | undefined, group: string | null): HTMLElement {
    const shown = item.icon ?? form?.icon ?? "table";
    if (group === null) return icon(shown) as unknown as HTMLElement;
    const button = el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("“{name}”的图标", "Icon of “{name}”", { name: form?.label ?? item.form }) }, icon(shown));
    button.addEventListener("click", () => {
      const popped = popover(button, t("图标", "Icon"), [iconChoice(this.around.icons, shown, (chosen) => {
        popped.close();
        this.change(t("换图标", "Change an icon"), (app) => {
          const found = find(app, group).items.find((one) => one.form === item.form)!;
          if (chosen === form?.icon) delete found.icon;
          else found.icon = chosen;
        });
      })]);
    });
    return button;
  }

  /** One place up or down; beyond the end of a group into the next one. */
  #step(form: string, step: number): void {
    this.change(t("移动表单", "Move a form"), (app) => {
      const groups = app.navigation ?? [];
      const from = groups.findIndex(({ items }) => items.some((item) => item.form === form));
      const at = from < 0 ? 0 : groups[from].items.findIndex((item) => item.form === form);
      if (from < 0) {
        if (step < 0 && groups.length) moveForm(app, form, groups.at(-1)!.key, groups.at(-1)!.items.length);
        return;
      }
      const within = at + step;
      if (within >= 0 && within < groups[from].items.length) return moveForm(app, form, groups[from].key, within);
      const next = groups[from + step];
      if (next) return moveForm(app, form, next.key, step > 0 ? 0 : next.items.length);
      if (step > 0) moveForm(app, form, null, 0);
    });
    const list = this.box.querySelector(`[data-form="${form}"]`)?.closest<HTMLElement>(".nav-items");
    const place = list ? [...list.children].findIndex((one) => (one as HTMLElement).dataset.form === form) + 1 : 0;
    const group = list?.closest("section")?.getAttribute("aria-label") ?? t("没有分组", "no group");
    this.say(t("{group}，第 {n} 个", "{group}, number {n}", { group, n: place }));
  }

  #dropped(event: Sortable.SortableEvent): void {
    const { form } = event.item.dataset;
    const group = event.to.dataset.group || null;
    if (form) this.change(t("移动表单", "Move a form"), (app) => moveForm(app, form, group, event.newIndex ?? 0));
  }

  #moveGroup(from: number, to: number): void {
    if (from !== to) this.change(t("移动分组", "Move a group"), (app) => { app.navigation!.splice(to, 0, ...app.navigation!.splice(from, 1)); });
  }
}

const DRAG = { animation: 120, forceFallback: true, fallbackTolerance: 4, delay: 200, delayOnTouchOnly: true, scroll: true, filter: "input, .btn", preventOnFilter: false } as const;

const find = (app: App, key: string): Group => app.navigation!.find((group) => group.key === key)!;

function handle(label: string, focus: string): HTMLElement {
  return el("button", { type: "button", class: "grip", "aria-label": label, "data-focus": focus }, icon("grip-vertical"));
}
