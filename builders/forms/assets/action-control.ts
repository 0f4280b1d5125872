/** What a button does: a kind of action, and what that kind's own schema asks for. */
import { el, icon } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { block } from "./control";
import type { Context, Put } from "./control";
import { labelText } from "./labels";
import { small } from "./rows";
import { sourceRows } from "./source-rows";
import type { ActionType, Schema } from "./types";

type Action = Record<string, unknown> & { kind: string };
type Row = Record<string, unknown> & { key: string; form: string };

export function actionControl(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const action = value as Action;
  const kinds = context.types.actions;
  const select = el("select", { class: "input form-select", "aria-label": labelText(schema["x-label"]) },
    ...Object.entries(kinds).map(([key, one]) => el("option", { value: key, selected: key === action.kind }, one.label)));
  select.addEventListener("change", () => set(begun(select.value, kinds[select.value], context), true));
  const kind = kinds[action.kind];
  if (!kind) return block(name, schema, select);
  return block(name, schema, el("div", { class: "stack tight" }, select, el("p", { class: "field-hint" }, kind.hint), ...asked(kind, action, set, context)));
}

function asked(kind: ActionType, action: Action, set: Put, context: Context): HTMLElement[] {
  let now: Action = { ...action };
  const inside: Context = { ...context, field: { ...context.field, form: action.form }, required: kind.required };
  return Object.entries(kind.properties).filter(([part]) => part !== "kind").map(([part, one]) => inside.control(part, one, now[part], (given, whole) => {
    now = { ...now, [part]: given };
    if (part === "form" && given !== action.form) delete now.fill;
    if (given === undefined) {
      if (kind.required.includes(part)) now[part] = empty(one);
      else delete now[part];
    }
    set({ ...now }, whole);
  }, inside));
}

/** A new action is sound at once, so that it can be saved. */
function begun(name: string, kind: ActionType, context: Context): Action {
  const action: Action = { kind: name };
  for (const part of kind.required) {
    const schema = kind.properties[part];
    if (part === "kind") continue;
    if (schema["x-kind"] === "form") action[part] = context.types.forms[0]?.key ?? context.draft.document.key;
    else if (schema["x-kind"] === "made_records") action[part] = [row(context, [])];
    else action[part] = empty(schema);
  }
  return action;
}

function empty(schema: Schema): unknown {
  return schema.type === "object" ? {} : schema.type === "array" ? [] : schema.type === "string" ? "https://" : null;
}

function row(context: Context, rows: Row[]): Row {
  const form = context.types.forms.find((one) => one.key !== context.draft.document.key)?.key ?? context.draft.document.key;
  let key = form;
  for (let number = 2; rows.some((one) => one.key === key); number++) key = `${form}_${number}`;
  return { key, form };
}

/** The records that an action makes, each with its form and what goes into it; a later one may link to an earlier. */
export function madeRecords(name: string, schema: Schema, value: unknown, set: Put, context: Context): HTMLElement {
  const rows = ((value as Row[] | undefined) ?? []).map((one) => ({ ...one }));
  const items = schema.items!.properties!;
  const box = el("div", { class: "property-rows" }, ...rows.map((one, number) => {
    const inside: Context = { ...context, field: { ...context.field, form: one.form }, required: schema.items!.required ?? [] };
    const earlier = Object.fromEntries(rows.slice(0, number).map((before) => [before.key, before.form]));
    const part = (key: string): HTMLElement => {
      const put: Put = (given, whole) => {
        if (given === undefined) delete one[key];
        else one[key] = given;
        if (key === "form") {
          delete one.fill;
          delete one.into;
        }
        set(rows.map((each) => ({ ...each })), whole);
      };
      const named = `${key}-${number}`;
      return items[key]["x-kind"] === "sources" ? block(named, items[key], sourceRows(items[key], one[key], put, inside, earlier)) : inside.control(named, items[key], one[key], put, inside);
    };
    return el("div", { class: "property-row" },
      el("div", { class: "grow" }, ...Object.keys(items).filter((key) => key !== "key").map(part)),
      el("div", { class: "row-tools" }, small("x", t("移除", "Remove"), rows.length < 2, () => { rows.splice(number, 1); set(rows, true); })));
  }), el("button", { type: "button", class: "btn btn-link", onclick: () => set([...rows, row(context, rows)], true) }, icon("plus"), t("再新建一条", "One more record")));
  return block(name, schema, box);
}

const ICONS = ["hand-click", "user-plus", "arrow-back-up", "transform", "check", "x", "plus", "edit", "copy", "send", "phone", "mail", "message", "map-pin", "world", "link", "calendar-event", "bell", "flag", "star", "lock", "truck", "coin", "printer"];

/** An icon, or none. */
export function iconControl(name: string, schema: Schema, value: unknown, set: Put): HTMLElement {
  const group = el("div", { class: "icon-choice" }, ...ICONS.map((one) => el("button", {
    type: "button", class: "btn btn-quiet btn-icon", "aria-label": one, "aria-pressed": String(one === value),
    onclick: (event: Event) => {
      const button = event.currentTarget as HTMLElement;
      const off = button.getAttribute("aria-pressed") === "true";
      set(off ? undefined : one);
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === button && !off));
    } }, icon(one))));
  return block(name, schema, group);
}
