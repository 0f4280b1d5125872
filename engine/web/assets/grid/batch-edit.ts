/** One value for one field of all ticked records. */
import { el } from "../base/dom";
import { t } from "../base/language";
import { popover } from "../base/popover";
import { valueInput } from "../filter/value-input";
import type { View } from "./view";

export function batchEdit(anchor: Element, view: View, apply: (values: Record<string, unknown>) => void): void {
  const columns = view.config.columns.filter((column) => column.editable);
  if (!columns.length) return;
  const select = el("select", { class: "form-select", "aria-label": t("字段", "Field") }, ...columns.map((column) => el("option", { value: column.key }, column.label)));
  const place = el("div", {});
  let input = valueInput(view, columns[0], "eq", undefined);
  const draw = (): void => {
    input = valueInput(view, columns.find((column) => column.key === select.value)!, "eq", undefined);
    place.replaceChildren(input.node);
  };
  select.addEventListener("change", draw);
  draw();
  const use = (): void => {
    shown.close();
    apply({ [select.value]: input.value() ?? null });
  };
  const shown = popover(anchor, t("批量修改", "Edit selected"), [
    el("div", { class: "stack" }, select, place, el("p", { class: "caption" }, t("留空就是清空这个字段。", "Leave it blank to empty the field.")),
      el("div", { class: "row end" }, el("button", { type: "button", class: "btn btn-primary btn-small", onclick: use }, t("修改", "Change")))),
  ]);
}
