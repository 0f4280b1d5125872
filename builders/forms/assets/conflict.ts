/** Two versions of the same place, side by side; the person says which one stays. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { at, copy } from "./delta";
import type { Doc } from "./delta";
import type { Clash, Conflict, Form } from "./draft";

/** The document as the person wants it; everything that only one side changed is in it already. */
export function settle(conflict: Conflict): Promise<Form> {
  return new Promise((resolve) => {
    const whole: Clash = { pointer: "", path: [], place: t("整个表单", "The whole form"), mine: conflict.mine, theirs: conflict.theirs };
    const places = conflict.places.length ? conflict.places : [whole];
    const rows = places.map((place, number) => el("tr", { role: "radiogroup", "aria-label": place.place },
      el("th", { scope: "row" }, place.place),
      el("td", {}, choice(number, "theirs", t("采用对方的：", "Take theirs: "), place.theirs)),
      el("td", {}, choice(number, "mine", t("保留我的：", "Keep mine: "), place.mine, true))));
    const dialog = el("dialog", { class: "dialog wide", "aria-label": t("两边都改了同样的地方", "Both of you changed the same places") },
      el("form", { method: "dialog" },
        el("div", { class: "dialog-header" }, el("h2", {}, t("两边都改了同样的地方", "Both of you changed the same places"))),
        el("div", { class: "dialog-body stack" },
          el("p", { class: "second" }, t("请逐项选择留下哪一个；其余的修改两边都会保留。", "Choose which one stays, place by place; all other changes of both of you are kept.")),
          el("div", { class: "table-wrap" }, el("table", { class: "table merge" },
            el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("位置", "Place")), el("th", { scope: "col" }, t("对方保存的", "Saved by them")), el("th", { scope: "col" }, t("您的", "Yours")))),
            el("tbody", {}, ...rows)))),
        el("div", { class: "dialog-footer" }, el("button", { class: "btn btn-primary" }, t("按此保存", "Save it so")))));
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      const taken = places.filter((_, number) => dialog.querySelector<HTMLInputElement>(`input[name="${number}"][value=theirs]`)!.checked);
      dialog.remove();
      resolve(merged(conflict, taken));
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function merged(conflict: Conflict, theirs: Clash[]): Form {
  const result = copy(conflict.merged) as Form;
  for (const { path, theirs: value } of theirs) {
    if (!path.length) return copy(conflict.theirs ?? result);
    const holder = at(result, path.slice(0, -1)) as Doc | Doc[] | undefined;
    const name = path[path.length - 1];
    if (Array.isArray(holder)) {
      const place = holder.findIndex((one) => one.key === name || one.value === name);
      if (value === null || value === undefined) { if (place >= 0) holder.splice(place, 1); }
      else if (place >= 0) holder[place] = copy(value) as Doc;
      else holder.push(copy(value) as Doc);
    } else if (holder) {
      if (value === null || value === undefined) delete holder[name];
      else holder[name] = inOrderOf(holder[name], copy(value));
    }
  }
  return result;
}

/** Of a list whose elements are merged already only the order is taken over; any other value as it is. */
function inOrderOf(merged: unknown, theirs: unknown): unknown {
  if (!Array.isArray(merged) || !Array.isArray(theirs)) return theirs;
  const names = theirs.map(named);
  if ([...merged, ...theirs].some((one) => named(one) === undefined)) return theirs;
  const found = merged.filter((one) => names.includes(named(one))).sort((one, other) => names.indexOf(named(one)) - names.indexOf(named(other)));
  merged.forEach((one, place) => {
    if (!names.includes(named(one))) found.splice(place ? found.indexOf(merged[place - 1]) + 1 : 0, 0, one);
  });
  return found;
}

/** What tells an element of a list apart, as the server merges by. */
function named(element: unknown): string | undefined {
  if (typeof element !== "object" || element === null) return JSON.stringify(element);
  const doc = element as Doc;
  return [doc.key, doc.value, doc.field, doc.form].find((one) => typeof one === "string") as string | undefined;
}

function choice(number: number, value: string, hint: string, shown: unknown, checked = false): HTMLElement {
  return el("label", { class: "check" }, el("input", { type: "radio", name: String(number), value, checked }), el("span", { class: "visually-hidden" }, hint), el("span", { class: "pre" }, said(shown)));
}

function said(value: unknown): string {
  if (value === null || value === undefined) return t("没有（已删除或未设）", "nothing (removed or not set)");
  if (typeof value === "boolean") return value ? t("是", "yes") : t("否", "no");
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map((one) => said((one as Doc | null)?.label ?? named(one) ?? one)).join(t("、", ", "));
  const doc = value as Doc;
  const label = doc["zh-CN"] ?? doc.en ?? doc.label;
  if (typeof label === "string") return label;
  if (typeof label === "object" && label) return said(label);
  return JSON.stringify(value, null, 1).slice(0, 600);
}
