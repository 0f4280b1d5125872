/** Two versions of the same place, side by side; the person says which one stays. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { at, copy } from "./delta";
import type { Doc } from "./delta";
import type { Clash, Conflict, Form, Resolution } from "./draft";

/** In which order what was chosen is done: what lies in an element before it goes elsewhere, and lists sorted last. */
const TURN = ["set", "unset", "move", "drop", "sort"];

/** The document as the person wants it; everything that only one side changed is in it already. */
export function settle(conflict: Conflict): Promise<Form> {
  return new Promise((resolve) => {
    const places = conflict.places.length ? conflict.places : [whole(conflict)];
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
      const steps = places.flatMap((place, number) => (dialog.querySelector<HTMLInputElement>(`input[name="${number}"][value=theirs]`)!.checked ? place.take_theirs : place.keep_mine));
      dialog.remove();
      resolve(done(conflict.merged, steps));
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Nobody knows the version that both began with, or the other side has removed all: one or the other. */
function whole(conflict: Conflict): Clash {
  const theirs = conflict.theirs;
  return {
    place: t("整个表单", "The whole form"),
    mine: t("我的整个版本", "All of mine"),
    theirs: theirs ? t("对方的整个版本", "All of theirs") : t("已删除", "deleted"),
    keep_mine: [],
    take_theirs: theirs ? [{ do: "set", path: [], after: theirs }] : [],
  };
}

/** The merged document with what was chosen done to it. */
function done(merged: Form, steps: Resolution[]): Form {
  let result = copy(merged) as Form;
  for (const step of [...steps].sort((one, other) => TURN.indexOf(one.do) - TURN.indexOf(other.do))) {
    if (!step.path.length) result = copy(step.after) as Form;
    else if (step.do === "sort") sort(at(result, step.path), step.order ?? []);
    else if (step.do === "move") move(result, step);
    else put(result, step);
  }
  return result;
}

function put(document: Form, step: Resolution): void {
  const holder = at(document, step.path.slice(0, -1)) as Doc | unknown[] | undefined;
  const name = step.path[step.path.length - 1];
  if (Array.isArray(holder)) {
    const place = holder.findIndex((one) => named(one) === name);
    if (step.do !== "set") { if (place >= 0) holder.splice(place, 1); }
    else if (place >= 0) holder[place] = copy(step.after);
    else holder.push(copy(step.after));
  } else if (holder) {
    if (step.do === "set") holder[name] = copy(step.after);
    else delete holder[name];
  }
}

/** Into another list, or to another place of its own, behind the first of `behind` that is there. */
function move(document: Form, step: Resolution): void {
  const [from, to] = [at(document, step.path.slice(0, -1)), at(document, step.to ?? [])];
  if (!Array.isArray(from) || !Array.isArray(to)) return;
  const place = from.findIndex((one) => named(one) === step.path[step.path.length - 1]);
  if (place < 0) return;
  const [element] = from.splice(place, 1);
  const behind = (step.behind ?? []).map((key) => to.findIndex((one) => named(one) === key)).find((number) => number >= 0);
  to.splice(behind === undefined ? 0 : behind + 1, 0, element);
}

/** In the order of the names; what they do not name stays behind the one that it follows. */
function sort(list: unknown, order: string[]): void {
  if (!Array.isArray(list)) return;
  const sorted = list.filter((one) => order.includes(named(one))).sort((one, other) => order.indexOf(named(one)) - order.indexOf(named(other)));
  list.forEach((one, place) => {
    if (!order.includes(named(one))) sorted.splice(place ? sorted.indexOf(list[place - 1]) + 1 : 0, 0, one);
  });
  list.splice(0, list.length, ...sorted);
}

/** What tells an element of a list apart, as the server merges by. */
function named(element: unknown): string {
  if (typeof element === "string") return element;
  if (typeof element !== "object" || element === null) return JSON.stringify(element);
  const doc = element as Doc;
  return ([doc.key, doc.value, doc.field, doc.form].find((one) => typeof one === "string") as string | undefined) ?? JSON.stringify(element);
}

function choice(number: number, value: string, hint: string, said: string, checked = false): HTMLElement {
  return el("label", { class: "check" }, el("input", { type: "radio", name: String(number), value, checked }), el("span", { class: "visually-hidden" }, hint), el("span", { class: "pre" }, said));
}
