/** Parts of a page that the server writes anew, and what stands in their place where it could not. */
import { el, icon } from "./dom";
import { t } from "./language";

/** The nodes of a part; where it is refused, an error with the server's own words. */
export async function part(url: string, signal: AbortSignal): Promise<ChildNode[]> {
  const answer = await fetch(url, { headers: { Accept: "text/html", "HX-Request": "true" }, signal });
  const html = await answer.text();
  if (!answer.ok || answer.redirected) throw new Error(answer.redirected ? "" : saidIn(html));
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
}

/** What the server said instead of a part; empty where it said nothing for people. */
export function saidIn(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").querySelector('.state[role="alert"] h2')?.textContent ?? "";
}

/** What stands in the place of a part that could not be loaded. */
export function failure(title: string, reason: unknown, again: () => void): HTMLElement {
  const said = reason instanceof TypeError ? "" : (reason as Error).message; // a TypeError of fetch: no connection
  return el("div", { class: "state error", role: "alert" }, icon("alert-circle"), el("h2", {}, title), said && el("p", {}, said),
    el("button", { type: "button", class: "btn", onclick: again }, icon("refresh"), t("重试", "Try again")));
}
