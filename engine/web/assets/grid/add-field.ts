/** The head behind the last column: a field's name and type, and it is there for everybody. */
import { el, icon } from "../base/dom";
import { get, post } from "../base/http";
import { t } from "../base/language";
import { popover } from "../base/popover";
import { toast, toastAfterReload } from "../elements/toast";
import type { View } from "./view";

interface Tile { key: string; label: string; icon: string; needs: ("options" | "form")[] }
interface Palette { groups: { label: string; tiles: Tile[] }[]; forms: { key: string; label: string }[]; designer: string }

const ADDED = "jf-added-field";

export async function addField(anchor: Element, view: View): Promise<void> {
  const url = view.config.urls.fields!;
  let palette: Palette;
  try {
    palette = await get<Palette>(url);
  } catch (reason) {
    return toast({ bad: true, text: (reason as Error).message });
  }
  const tiles = palette.groups.flatMap((group) => group.tiles);
  let chosen = tiles[0];
  const name = el("input", { class: "input", required: true, maxlength: 100, autocomplete: "off", autofocus: true, placeholder: t("字段名称", "Field name"), "aria-label": t("字段名称", "Field name") });
  const options = el("textarea", { class: "input", rows: 4, placeholder: t("选项，一行一个", "Options, one a line"), "aria-label": t("选项，一行一个", "Options, one a line") });
  const form = el("select", { class: "input form-select", "aria-label": t("关联哪个表单", "Link to which form") }, ...palette.forms.map((one) => el("option", { value: one.key }, one.label)));
  const needs = el("div", {});
  const error = el("p", { class: "field-error", role: "alert", hidden: true });
  const buttons = new Map(tiles.map((tile) => [tile, el("button", { type: "button", class: "type-tile", "aria-pressed": "false", onclick: () => choose(tile) }, icon(tile.icon, "small"), el("span", { class: "truncate" }, tile.label))]));
  const choose = (tile: Tile): void => {
    chosen = tile;
    for (const [one, button] of buttons) button.setAttribute("aria-pressed", String(one === tile));
    needs.replaceChildren(...(tile.needs.includes("options") ? [options] : []), ...(tile.needs.includes("form") ? [form] : []));
    if (!name.value) name.focus();
  };
  const box = el("form", { class: "stack add-field" }, name,
    el("div", { class: "type-tiles" }, ...palette.groups.flatMap((group) => [el("h3", { class: "menu-title" }, group.label), ...group.tiles.map((tile) => buttons.get(tile)!)])),
    needs, error,
    el("div", { class: "row apart" }, el("a", { class: "btn-link", href: palette.designer }, t("更多字段和设置", "More fields and settings")),
      el("button", { type: "submit", class: "btn btn-primary btn-small" }, t("添加", "Add"))));
  choose(chosen);
  const shown = popover(anchor, t("添加字段", "Add a field"), [box], { wide: true });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });

  async function send(): Promise<void> {
    box.setAttribute("aria-busy", "true");
    try {
      const added = await post<{ key: string }>(url, { label: name.value.trim(), tile: chosen.key, options: options.value, form: form.value, view: new URLSearchParams(location.search).get("view") });
      shown.close();
      sessionStorage.setItem(ADDED, added.key);
      toastAfterReload(t("已添加“{name}”，表单、列表、筛选和导入里都有了", "“{name}” added to form, list, filter and import", { name: name.value.trim() }));
      const address = new URL(location.href);
      const columns = address.searchParams.get("columns");
      if (columns) address.searchParams.set("columns", `${columns},${added.key}`);
      history.replaceState(history.state, "", address);
      location.reload();
    } catch (reason) {
      error.textContent = (reason as Error).message;
      error.hidden = false;
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
