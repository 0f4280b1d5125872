/** Excel's 自动筛选: tick the values to keep, with search and counts. */
import { el } from "../base/dom";
import { post } from "../base/http";
import { count, t } from "../base/language";
import { about, isLeaf, without } from "../filter/conditions";
import type { Column, Values, Where } from "./contract";
import { MANY } from "./contract";
import type { View } from "./view";

const LIMIT = 200;
const PAUSE = 200;
const EMPTY = "\u0000empty";

interface Item { key: string; raw: unknown; text: string; count: number }

export function valueFilter(view: View, column: Column, apply: (part: Where | null) => void): HTMLElement {
  const { where } = view.state;
  const now = about(where, column.key);
  const chosen = new Set(keysOf(now));
  const started = new Set(chosen);
  const excluded = now && isLeaf(now) && now.op === "not_in" && Array.isArray(now.value) ? new Set(now.value.map(String)) : null;
  const raws = new Map<string, unknown>();
  let items: Item[] = [];
  let timer = 0;

  const search = el("input", { class: "input", type: "search", placeholder: t("搜索值", "Search values"), "aria-label": t("搜索“{name}”的值", "Search values of “{name}”", { name: column.label }) });
  const list = el("div", { class: "value-list", role: "group", "aria-label": column.label });
  const use = el("button", { type: "button", class: "btn btn-primary btn-small", onclick: () => done() }, t("筛选", "Filter"));
  const none = el("button", { type: "button", class: "btn btn-small", onclick: () => apply(null) }, t("清除筛选", "Clear filter"));
  const box = el("div", { class: "value-filter" }, search, list, el("div", { class: "row apart" }, none, use));
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void load(), PAUSE);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    done();
  });
  void load();
  return box;

  async function load(): Promise<void> {
    try {
      const { values } = await post<Values>(view.config.urls.values, { field: column.key, where: without(where, column.key), search: search.value.trim(), limit: LIMIT });
      items = values.map(({ v, t: text, count: found }): Item => {
        const raw = typeof v === "object" && v !== null ? (v as { id: unknown }).id : v;
        return { raw, key: raw === null || raw === "" ? EMPTY : String(raw), text: raw === null || raw === "" ? t("（空）", "(empty)") : text, count: found };
      });
      for (const item of items) {
        raws.set(item.key, item.raw);
        if (excluded && !started.size && !excluded.has(item.key)) chosen.add(item.key);
      }
      for (const key of excluded ? chosen : []) started.add(key);
      draw();
    } catch (reason) {
      list.replaceChildren(el("p", { class: "menu-title", role: "alert" }, (reason as Error).message));
    }
  }

  function draw(): void {
    const every = !chosen.size;
    const all = tick(t("全部", "All"), every, "", () => {
      chosen.clear();
      draw();
    });
    list.replaceChildren(all, ...items.map((item) => tick(item.text, every || chosen.has(item.key), count(item.count), (on) => {
      if (!chosen.size && !on) for (const other of items) chosen.add(other.key);
      if (on) chosen.add(item.key);
      else chosen.delete(item.key);
      draw();
    })), ...(items.length === LIMIT ? [el("p", { class: "menu-title" }, t("只列出前 {n} 个，请搜索", "First {n} only; search for more", { n: LIMIT }))] : []),
    ...(items.length ? [] : [el("p", { class: "menu-title" }, t("没有这样的值", "No such value"))]));
  }

  function done(): void {
    if (search.value.trim() && items.length && [...chosen].sort().join() === [...started].sort().join()) return apply(part(column, items.map((item) => item.key), raws));
    apply(chosen.size ? shorter() : null);
  }

  /** Whichever says less: the values to keep, or the few that are not wanted. */
  function shorter(): Where | null {
    const off = items.filter((item) => !chosen.has(item.key));
    const everything = !search.value.trim() && items.length < LIMIT && chosen.size + off.length === items.length;
    if (everything && !off.length) return null;
    if (!everything || MANY.has(column.type) || off.length >= chosen.size || off.some((item) => item.key === EMPTY)) return part(column, [...chosen], raws);
    return { field: column.key, op: "not_in", value: off.map((item) => item.raw) };
  }
}

function tick(text: string, checked: boolean, found: string, toggled: (on: boolean) => void): HTMLElement {
  const input = el("input", { type: "checkbox", checked });
  input.addEventListener("change", () => toggled(input.checked));
  return el("label", { class: "check value" }, input, el("span", { class: "truncate grow" }, text), el("span", { class: "count" }, found));
}

function part(column: Column, keys: string[], raws: Map<string, unknown>): Where {
  const values = keys.filter((key) => key !== EMPTY).map((key) => raws.get(key) ?? key);
  const some: Where = { field: column.key, op: MANY.has(column.type) ? "contains_any" : "in", value: values };
  const empty: Where = { field: column.key, op: "empty" };
  if (!keys.includes(EMPTY)) return some;
  return values.length ? { any: [some, empty] } : empty;
}

function keysOf(where: Where | null): string[] {
  if (!where) return [];
  if ("any" in where) return where.any.flatMap(keysOf);
  if (!isLeaf(where)) return [];
  if (where.op === "empty") return [EMPTY];
  if (where.op === "eq") return [String(where.value)];
  return (where.op === "in" || where.op === "contains_any") && Array.isArray(where.value) ? where.value.map(String) : [];
}
