/** A list of fields to choose from, with search, and with a way into what a link, a person or a subform leads to. */
import { el, icon } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import type { Column } from "../grid/contract";
import type { Fields } from "./fields";

/** Search and list; what is chosen may stand behind links. `more` stands below the list. */
export function fieldList(fields: Fields, chosen: (column: Column) => void, more: () => Node[] = () => []): HTMLElement[] {
  const search = el("input", { class: "input", type: "search", placeholder: t("选择字段", "Choose a field"), "aria-label": t("选择字段", "Choose a field") });
  const list = el("div", { class: "field-list" });
  const way: { column: Column; columns: Column[] }[] = [];
  let coming: Promise<void> | null = null; // fields on their way; what is typed meanwhile is kept and holds for them

  const draw = (): void => {
    if (coming) return;
    const wanted = search.value.trim().toLowerCase();
    const here = way.at(-1);
    const columns = (here?.columns ?? fields.config.columns).filter((column) => nameOf(column).toLowerCase().includes(wanted));
    list.replaceChildren(...(here ? [back(here.column)] : []), ...columns.filter((column) => column.filterable || column.into).map(line), ...(here ? [] : more()));
  };
  const back = (column: Column): HTMLElement => el("button", { type: "button", class: "menu-item", onclick: out }, icon("chevron-left"), el("b", { class: "truncate" }, column.label));
  const line = (column: Column): HTMLElement => {
    const leads = column.into && fields.through;
    const enter = (): void => {
      search.value = "";
      search.focus({ preventScroll: true });
      let failed = "";
      coming = fields.through!(column).then((columns) => void way.push({ column, columns }), (reason) => void (failed = (reason as Error).message)).then(() => {
        coming = null;
        draw();
        if (failed) list.append(el("p", { class: "menu-title", role: "alert" }, failed));
      });
    };
    const name = el("button", { type: "button", class: "menu-item grow", onclick: () => (column.filterable ? chosen(column) : enter()) }, el("span", { class: "truncate" }, nameOf(column)));
    if (!leads) return name;
    const label = t("“{name}”的字段", "Fields of “{name}”", { name: nameOf(column) });
    return el("div", { class: "row field-line" }, name, el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": label, title: label, onclick: enter }, icon("chevron-right")));
  };
  const out = (): void => {
    way.pop();
    search.value = "";
    draw();
    search.focus({ preventScroll: true });
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      void Promise.resolve(coming).then(() => list.querySelector<HTMLElement>(way.length ? "button:nth-of-type(2)" : "button")?.click());
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      list.querySelector<HTMLElement>("button")?.focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll<HTMLElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const next = event.key === "ArrowDown" ? at + 1 : event.key === "ArrowUp" ? at - 1 : -2;
    if (next < -1) return;
    event.preventDefault();
    (next < 0 ? search : buttons[next])?.focus();
  });
  draw();
  return [search, list];
}

/** The control that shows a field and opens the list: a plain select where no field leads on. */
export function fieldChooser(fields: Fields, key: string, changed: (column: Column) => void): { node: HTMLElement; column(): Column } {
  const offered = fields.config.columns.filter((column) => column.filterable);
  let now = fields.column(key) ?? offered[0];
  if (!fields.through) {
    const select = el("select", { class: "form-select", "aria-label": t("字段", "Field") }, ...offered.map((column) => el("option", { value: column.key }, column.label)));
    select.value = now.key;
    select.addEventListener("change", () => changed((now = fields.column(select.value)!)));
    return { node: select, column: () => now };
  }
  const button = el("button", { type: "button", class: "form-select truncate", "aria-label": t("字段：{name}", "Field: {name}", { name: now.label }) }, now.label);
  button.addEventListener("click", () => {
    const shown = popover(button, t("选择字段", "Choose a field"), fieldList(fields, (column) => {
      shown.close();
      now = column;
      button.textContent = column.label;
      button.setAttribute("aria-label", t("字段：{name}", "Field: {name}", { name: column.label }));
      button.focus();
      changed(column);
    }));
  });
  return { node: button, column: () => now };
}

const nameOf = (column: Column): string => column.name ?? column.label;
