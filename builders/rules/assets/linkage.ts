/** The editor of 数据联动: from which form, by which condition, which value goes into which field. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { fields, inside, isLayout, one, part, toggle } from "./parts";
import type { Around, Choice, RuleDoc } from "./parts";

export function start({ types, draft }: Omit<Around, "rule" | "change">): Partial<RuleDoc> {
  const other = types.forms.find(({ key }) => key !== draft.document.key) ?? types.forms[0];
  return { form: other?.key ?? draft.document.key, where: { all: [] }, set: {} };
}

export function draw(around: Around): HTMLElement[] {
  const { rule, draft, types } = around;
  const from = t("从哪个表单查", "Look up in");
  const where = t("查哪一条", "Which record");
  const hidden = el("input", { type: "hidden", name: "where", value: empty(rule.where) ? "" : JSON.stringify(rule.where) });
  hidden.addEventListener("input", () => around.change((now) => { now.where = hidden.value ? JSON.parse(hidden.value) : { all: [] }; }));
  const [, , app, form] = draft.url.split("/");
  const sort = rule.sort as { field: string; desc?: boolean }[] | undefined;
  const pairs = el("div", { class: "stack" });
  void types.fieldsOf(String(rule.form)).then((sources) => drawPairs(pairs, around, sources.map(({ path, label }) => ({ value: path, label }))));
  const newest = t("有几条时", "Where there are several");
  const sorting = el("div", { class: "row" });
  void types.fieldsOf(String(rule.form)).then((sources) => sorting.replaceChildren(
    one(newest, sources.filter(({ inside: subform }) => !subform).map(({ path, label }) => ({ value: path, label: t("按{field}", "by {field}", { field: label }) })), sort?.[0]?.field ?? "", (value) => around.change((now) => {
      if (value) now.sort = [{ field: value, desc: sort?.[0]?.desc ?? true }];
      else delete now.sort;
    }, true), t("取最新的一条", "the newest one")),
    ...(sort?.length ? [toggle(t("大的在前", "largest first"), sort[0].desc === true, (on) => around.change((now) => { now.sort = [{ ...sort[0], desc: on }]; }))] : [])));
  return [
    part(from, "/form", one(from, types.forms.map(({ key, label }) => ({ value: key, label })), rule.form, (value) => around.change((now) => {
      now.form = value;
      now.where = { all: [] };
      now.set = {};
      delete now.sort;
    }, true))),
    inside(around, (now) => { now.where = { all: [] }; now.set = {}; }),
    part(where, "/where", el("jf-condition", { url: `/a/${app}/${String(rule.form)}/conditions`, current: form, inside: rule.inside, draft: true, label: where, none: t("用本表单的字段作条件，它变化时就会填入", "Use a field of this form: when it changes, values are filled in") }, hidden)),
    part(newest, "/sort", sorting),
    part(t("填入", "Fill in"), "/set", pairs),
    part(t("查不到时", "Where nothing is found"), "/no_match", toggle(t("保留原来的值（否则清空）", "Keep what is there (else it is emptied)"), rule.no_match === "keep", (on) => around.change((now) => {
      if (on) now.no_match = "keep";
      else delete now.no_match;
    }))),
    part(t("权限", "Rights"), "/rights", toggle(t("以应用的权限读取，填写人没有查看权限也能带出；发布时会列出", "Read with the app's rights, also for those who may not see it there; listed when published"), rule.rights === "app", (on) => around.change((now) => {
      if (on) now.rights = "app";
      else delete now.rights;
    }))),
  ].filter((node): node is HTMLElement => node !== null);
}

function drawPairs(box: HTMLElement, around: Around, sources: Choice[]): void {
  const { rule, draft, types } = around;
  const pairs = Object.entries(rule.set as Record<string, string>);
  const own = fields(draft.document, (field, subform) => !isLayout(field) && field.type !== "subform" && !types.of(field.type).computed && (!rule.inside || subform?.key === rule.inside));
  const rename = (at: number, to: [string, string] | null): void => around.change((now) => {
    now.set = Object.fromEntries(Object.entries(now.set as Record<string, string>).flatMap((pair, number) => (number === at ? (to ? [to] : []) : [pair])));
  }, true);
  const free = own.filter(({ value }) => !pairs.some(([path]) => path === value));
  box.replaceChildren(
    ...pairs.map(([path, source], at) => el("div", { class: "rule-pair", "data-place": `/set/${path}` },
      one(t("本表单的字段", "Field of this form"), own.filter(({ value }) => value === path || free.some((other) => other.value === value)), path, (value) => rename(at, [value, source])),
      icon("arrow-left"),
      one(t("来自", "From"), sources, source, (value) => rename(at, [path, value])),
      el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": t("去掉", "Remove"), onclick: () => rename(at, null) }, icon("x")))),
    el("button", { type: "button", class: "btn btn-link", disabled: !free.length || !sources.length, onclick: () => around.change((now) => {
      now.set = { ...(now.set as Record<string, string>), [free[0].value]: sources[0].value };
    }, true) }, icon("plus"), t("再填一个字段", "Fill in a field")));
}

const empty = (where: unknown): boolean => JSON.stringify(where) === JSON.stringify({ all: [] });
