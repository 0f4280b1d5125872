/** A formula with a record's values in it, and what is worked out on the way. */
import { el } from "../base/dom";
import { t } from "../base/language";

export interface Piece { text?: string; label?: string; value?: string | null; readable?: boolean }
export interface Step { text: string; value: string; taken: boolean }

/** The formula with the values behind the labels. */
export function valued(pieces: Piece[] | undefined, before = ""): HTMLElement[] {
  if (!pieces?.length) return [];
  return [el("p", { class: "formula-values" }, before, ...pieces.flatMap((one): (string | HTMLElement)[] => {
    if (one.label === undefined) return [one.text ?? ""];
    const value = one.readable === false ? t("无权查看", "no access") : one.value;
    return [el("span", { class: "second" }, one.label), " ", value === null || value === undefined ? "" : el("b", {}, value)];
  }))];
}

/** Each step with its value, innermost first; what a condition passed over is pale. */
export function worked(steps: Step[] | undefined): HTMLElement[] {
  if (!steps?.length) return [];
  return [el("table", { class: "working" }, el("tbody", {}, ...steps.map((one) =>
    el("tr", { "data-passed": !one.taken }, el("td", {}, one.text, !one.taken && el("span", { class: "caption" }, t("（没有用到）", " (not used)"))), el("td", { class: "num" }, one.value)))))];
}
