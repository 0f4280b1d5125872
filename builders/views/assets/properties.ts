/** The right side: what the chosen view is called, shows, is arranged by, and who sees it. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { columnList } from "../../../engine/web/assets/filter/columns-editor";
import { groupByFields, heightChoice } from "../../../engine/web/assets/filter/group-by-editor";
import { sortFields } from "../../../engine/web/assets/filter/sort-editor";
import type { ColorRule } from "../../../engine/web/assets/grid/contract";
import type { View } from "../../../engine/web/assets/grid/view";
import { define } from "../../../engine/web/assets/lazy";
import { labelIn, relabelled } from "../../forms/assets/labels";
import { colorRules } from "./colors";
import { ICONS } from "./documents";
import type { Kind, ViewDoc } from "./documents";

export interface FieldFact { key: string; label: string; lanes: boolean; dated: boolean; groupable: boolean; sums: boolean; type: string }
export interface Facts { fields: FieldFact[]; roles: { key: string; label: string }[]; implicit: ViewDoc; places: string[]; published: boolean; conditions: string; list: string; asked: string }

/** What the panel needs of the builder around it. */
export interface Around {
  facts: Facts;
  /** The state of the preview, which writes what is arranged into the draft; null for a form that is not published. */
  state: View | null;
  languages: string[];
  change(label: string, edit: (view: ViewDoc) => void, group?: string): void;
  remove(): void;
  last: boolean;
}

const placeLabel = (place: string): string => ({
  badge: t("标签", "Badge"), subtitle: t("副标题", "Subtitle"), number: t("数字", "Figure"), date: t("日期", "Date"), person: t("人员", "Person"), picture: t("图片", "Picture"),
}[place] ?? place);
const LANGUAGES: Record<string, [string, string]> = { "zh-CN": ["中文名称", "Chinese name"], en: ["英文名称", "English name"] };

/** Draws the panel; answers how to let go of what it holds. */
export function drawProperties(box: HTMLElement, view: ViewDoc, around: Around): () => void {
  const letGo: (() => void)[] = [];
  const { state } = around;
  const parts = [names(view, around), kinds(view, around)];
  if (view.kind === "kanban") parts.push(lanes(view, around), card(view, around));
  if (view.kind === "calendar") parts.push(dates(view, around), card(view, around));
  if (!state) parts.push(where(view, around));
  if (state) {
    if (view.kind === "grid") {
      const columns = columnList(state);
      letGo.push(columns.destroy);
      parts.push(section(t("列", "Columns"), ...columns.nodes));
    }
    if (view.kind !== "calendar") {
      const sort = el("div", { class: "stack" });
      sortFields(state, sort);
      parts.push(section(t("排序", "Sort"), sort));
    }
    if (view.kind === "grid") {
      const groups = el("div", { class: "stack" });
      groupByFields(state, groups);
      parts.push(section(t("分组和小计", "Groups with subtotals"), groups), section(t("行高", "Row height"), heightChoice(state)), freeze(view, around));
    }
    if (view.kind !== "kanban") parts.push(section(t("颜色规则", "Colour rules"), colorRules(view.colors ?? [], around.facts.fields, around.facts.conditions, view.kind === "grid", (rules) => setColors(around, rules))));
  }
  parts.push(roles(view, around));
  if (!around.last) parts.push(el("div", { class: "property-group" }, el("button", { type: "button", class: "btn btn-quiet danger", onclick: around.remove }, icon("trash"), t("删除视图", "Delete the view"))));
  box.replaceChildren(...parts);
  define(box);
  return () => letGo.forEach((one) => one());
}

function setColors({ change }: Around, rules: ColorRule[]): void {
  change(t("颜色规则", "Colour rules"), (view) => {
    if (rules.length) view.colors = rules;
    else delete view.colors;
  });
}

function section(title: string, ...content: (HTMLElement | false)[]): HTMLElement {
  return el("section", { class: "property-group", "aria-label": title }, el("h2", { class: "label" }, title), ...content);
}

function names(view: ViewDoc, { languages, change }: Around): HTMLElement {
  const own = [...new Set([document.documentElement.lang || "zh-CN", ...languages])];
  return el("section", { class: "property-group", "aria-label": t("名称", "Name") }, ...own.flatMap((language) => {
    const [zh, en] = LANGUAGES[language] ?? [language, language];
    const id = `view-name-${language}`;
    const input = el("input", { class: "input", id, value: labelIn(view.name, language), maxlength: 60, autocomplete: "off" });
    input.addEventListener("input", () => change(t("改名", "Rename"), (one) => {
      const label = relabelled(one.name, language, input.value);
      if (label) one.name = label;
      else delete one.name;
    }, "name"));
    return [el("label", { class: "label", for: id }, t(zh, en)), input];
  }));
}

function kinds(view: ViewDoc, { facts, change }: Around): HTMLElement {
  const offered: [Kind, string, boolean][] = [["grid", t("表格", "Table"), true], ["kanban", t("看板", "Kanban"), facts.fields.some(({ lanes }) => lanes)], ["calendar", t("日历", "Calendar"), facts.fields.some(({ dated }) => dated)]];
  return section(t("样式", "Looks"), el("div", { class: "segments", role: "group", "aria-label": t("样式", "Looks") }, ...offered.filter(([, , possible]) => possible).map(([kind, label]) =>
    el("button", { type: "button", "aria-pressed": String(view.kind === kind), onclick: () => change(t("换样式", "Other looks"), (one) => become(one, kind, facts)) }, icon(ICONS[kind], "small"), label))));
}

/** The view as another kind, with the field it needs. */
export function become(view: ViewDoc, kind: Kind, facts: Facts): void {
  if (view.kind === kind) return;
  view.kind = kind;
  delete view.group_by;
  for (const name of ["date", "until", "scale"]) delete view[name];
  if (kind === "kanban") view.group_by = facts.fields.find(({ lanes, type }) => lanes && type !== "member")?.key ?? facts.fields.find(({ lanes }) => lanes)?.key;
  if (kind === "calendar") view.date = facts.fields.find(({ dated }) => dated)?.key;
}

function choice(label: string, id: string, value: string, offered: { key: string; label: string }[], chosen: (key: string) => void, none?: string): HTMLElement {
  const select = el("select", { class: "input form-select", id }, ...(none === undefined ? [] : [el("option", { value: "" }, none)]), ...offered.map((one) => el("option", { value: one.key }, one.label)));
  select.value = value;
  select.addEventListener("change", () => chosen(select.value));
  return el("div", { class: "field" }, el("label", { class: "label", for: id }, label), select);
}

function lanes(view: ViewDoc, { facts, change }: Around): HTMLElement {
  const summed = Object.entries(view.summary ?? {}).find(([, fn]) => fn === "sum")?.[0] ?? "";
  return section(t("看板", "Kanban"),
    choice(t("分栏字段", "Lanes by"), "view-lanes", String(view.group_by ?? ""), facts.fields.filter(({ lanes }) => lanes), (key) => change(t("分栏字段", "Lanes by"), (one) => { one.group_by = key; })),
    choice(t("每栏合计", "Sum of each lane"), "view-lane-sum", summed, facts.fields.filter(({ sums }) => sums), (key) => change(t("每栏合计", "Sum of each lane"), (one) => {
      if (key) one.summary = { [key]: "sum" };
      else delete one.summary;
    }), t("自动", "Automatic")));
}

function dates(view: ViewDoc, { facts, change }: Around): HTMLElement {
  const dated = facts.fields.filter((one) => one.dated);
  const type = dated.find(({ key }) => key === view.date)?.type;
  const put = (name: "date" | "until" | "scale", value: string): void => change(t("日历", "Calendar"), (one) => {
    if (value) one[name] = value;
    else delete one[name];
    if (name === "date" && dated.find(({ key }) => key === one.until)?.type !== dated.find(({ key }) => key === value)?.type) delete one.until;
  });
  return section(t("日历", "Calendar"),
    choice(t("日期", "Date"), "view-date", view.date ?? "", dated, (key) => put("date", key)),
    choice(t("结束", "End"), "view-until", view.until ?? "", dated.filter((one) => one.type === type && one.key !== view.date), (key) => put("until", key), t("没有", "None")),
    choice(t("打开时显示", "Opens with"), "view-scale", view.scale ?? "month", [{ key: "month", label: t("月", "Month") }, { key: "week", label: t("周", "Week") }, { key: "day", label: t("日", "Day") }], (key) => put("scale", key === "month" ? "" : key)));
}

function card(view: ViewDoc, { facts, change }: Around): HTMLElement {
  return el("details", { class: "property-group", open: Boolean(view.card) }, el("summary", { class: "label" }, t("卡片上的内容", "On the card")),
    ...facts.places.map((place) => choice(placeLabel(place), `view-card-${place}`, view.card?.[place] ?? "", facts.fields, (key) => change(t("卡片", "Card"), (one) => {
      const next = { ...one.card };
      if (key) next[place] = key;
      else delete next[place];
      if (Object.keys(next).length) one.card = next;
      else delete one.card;
    }), t("自动", "Automatic"))));
}

/** The filter of a form that has no records yet, and so no preview to filter. */
function where(view: ViewDoc, { facts, change }: Around): HTMLElement {
  const input = el("input", { type: "hidden", name: "where", value: view.where ? JSON.stringify(view.where) : "" });
  const condition = el("jf-condition", { url: facts.conditions, draft: true, label: t("筛选", "Filter") }, input);
  condition.addEventListener("input", () => change(t("筛选", "Filter"), (one) => {
    if (input.value) one.where = JSON.parse(input.value) as ViewDoc["where"];
    else delete one.where;
  }));
  return section(t("筛选", "Filter"), condition);
}

function freeze(view: ViewDoc, { change }: Around): HTMLElement {
  const offered = Array.from({ length: 6 }, (_, n) => ({ key: String(n), label: n ? t("前 {n} 列", n === 1 ? "first column" : "first {n} columns", { n }) : t("不冻结", "None") }));
  return choice(t("冻结", "Frozen"), "view-freeze", String(view.freeze ?? 1), offered, (key) => change(t("冻结", "Frozen"), (one) => {
    if (key === "1") delete one.freeze;
    else one.freeze = Number(key);
  }));
}

function roles(view: ViewDoc, { facts, change }: Around): HTMLElement {
  const box = el("div", { class: "stack", hidden: !view.roles }, ...facts.roles.filter(({ key }) => key !== "everyone").map((role) => {
    const input = el("input", { type: "checkbox", value: role.key, checked: view.roles?.includes(role.key) });
    input.addEventListener("change", read);
    return el("label", { class: "check" }, input, role.label);
  }));
  const radio = (value: string, label: string, checked: boolean): HTMLElement => {
    const input = el("input", { type: "radio", name: "view-roles", value, checked });
    input.addEventListener("change", () => {
      box.hidden = value === "all";
      read();
    });
    return el("label", { class: "check" }, input, label);
  };
  function read(): void {
    const chosen = [...box.querySelectorAll<HTMLInputElement>("input:checked")].map((one) => one.value);
    change(t("谁能看到", "Who sees it"), (one) => {
      if (chosen.length && !box.hidden) one.roles = chosen;
      else delete one.roles;
    });
  }
  return section(t("谁能看到这个视图", "Who sees this view"), el("div", { class: "stack", role: "radiogroup", "aria-label": t("谁能看到这个视图", "Who sees this view") }, radio("all", t("所有能看这个表单的人", "Everybody who may see the form"), !view.roles), radio("roles", t("只有这些角色", "Only these roles"), Boolean(view.roles))), box,
    el("p", { class: "field-hint" }, t("视图只是排列方式；能看到哪些记录由权限决定。", "A view only arranges; permissions decide which records one sees.")));
}
