/** The head behind the last column: a field's name and type, and it is there for everybody. */
import { el, icon } from "../base/dom";
import { get, post } from "../base/http";
import { t } from "../base/language";
import { popover } from "../base/popover";
import { toastAfterReload } from "../elements/toast";
import type { View } from "./view";

interface Tile { key: string; label: string; icon: string; needs: ("options" | "form")[] }
interface Palette { groups: { label: string; tiles: Tile[] }[]; forms: { key: string; label: string }[] }

const ADDED = "jf-added-field";

export async function addField(anchor: Element, view: View): Promise<void> {
  const url = view.config.urls.fields!;
  let chosen: Tile | undefined;
  const name = el("input", { class: "input", required: true, maxlength: 100, autocomplete: "off", autofocus: true, placeholder: t("字段名称", "Field name"), "aria-label": t("字段名称", "Field name") });
  const options = el("textarea", { class: "input", rows: 4, placeholder: t("选项，一行一个", "Options, one a line"), "aria-label": t("选项，一行一个", "Options, one a line") });
  const form = el("select", { class: "input form-select", "aria-label": t("关联哪个表单", "Link to which form") });
  const tiles = el("div", { class: "type-tiles" });
  const needs = el("div", {});
  const error = el("p", { class: "field-error", role: "alert", hidden: true });
  const designer = el("a", { class: "btn-link", href: url.replace(/quick-field$/, "design") }, t("更多字段和设置", "More fields and settings"));
  const box = el("form", { class: "stack add-field" }, name, tiles, needs, error,
    el("div", { class: "row apart" }, designer, el("button", { type: "submit", class: "btn btn-primary btn-small" }, t("添加", "Add"))));
  /* Open at once, so that one can type the name while the types are on their way. */
  const shown = popover(anchor, t("添加字段", "Add a field"), [box], { wide: true });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  try {
    draw(await get<Palette>(url));
  } catch (reason) {
    say((reason as Error).message);
  }

  function draw(palette: Palette): void {
    form.replaceChildren(...palette.forms.map((one) => el("option", { value: one.key }, one.label)));
    const buttons = new Map<Tile, HTMLElement>();
    const choose = (tile: Tile): void => {
      chosen = tile;
      for (const [one, button] of buttons) button.setAttribute("aria-pressed", String(one === tile));
      needs.replaceChildren(...(tile.needs.includes("options") ? [options] : []), ...(tile.needs.includes("form") ? [form] : []));
      if (!name.value) name.focus();
    };
    for (const group of palette.groups) {
      tiles.append(el("h3", { class: "menu-title" }, group.label));
      for (const tile of group.tiles) {
        const button = el("button", { type: "button", class: "type-tile", onclick: () => choose(tile) }, icon(tile.icon, "small"), el("span", { class: "truncate" }, tile.label));
        buttons.set(tile, button);
        tiles.append(button);
      }
    }
    choose(palette.groups[0].tiles[0]);
  }

  function say(message: string): void {
    error.textContent = message;
    error.hidden = false;
  }

  async function send(): Promise<void> {
    box.setAttribute("aria-busy", "true");
    try {
      const added = await post<{ key: string }>(url, { label: name.value.trim(), tile: chosen?.key, options: options.value, form: form.value, view: new URLSearchParams(location.search).get("view") });
      shown.close();
      sessionStorage.setItem(ADDED, added.key);
      toastAfterReload(t("已添加“{name}”，表单、列表、筛选和导入里都有了", "“{name}” added to form, list, filter and import", { name: name.value.trim() }));
      const address = new URL(location.href);
      const columns = address.searchParams.get("columns");
      if (columns) address.searchParams.set("columns", `${columns},${added.key}`);
      history.replaceState(history.state, "", address);
      location.reload();
    } catch (reason) {
      say((reason as Error).message);
      box.removeAttribute("aria-busy");
    }
  }
}

/** The field that was just added, once: the list scrolls to it. */
export function justAdded(): string | null {
  const key = sessionStorage.getItem(ADDED);
  sessionStorage.removeItem(ADDED);
  return key;
}
