/** Asks before somebody leaves what is not saved: at a link in the page's own words, at everything else in the browser's. */
import { confirmed } from "../elements/dialog";
import { t } from "./language";

/** What would be lost, as a question's title and a sentence. */
export interface Loss { title: string; lost: string }
/** Work that is not saved. */
interface Unsaved {
  loss(): Loss | null;
  /** Resolves when what is on its way has been answered. */
  settled(): Promise<unknown>;
}

/** So long a link that was agreed to may take to begin leaving. */
const AGREED = 2000;

/** Ask as long as there is a loss. Returns how to stop. */
export function guard(unsaved: Unsaved): () => void {
  let agreed = false;
  const go = (link: HTMLAnchorElement): void => {
    agreed = true;
    setTimeout(() => (agreed = false), AGREED);
    link.click();
  };
  const followed = async (event: MouseEvent): Promise<void> => {
    const link = agreed ? null : leading(event);
    if (!link || !unsaved.loss()) return;
    event.preventDefault();
    await unsaved.settled();
    const loss = unsaved.loss();
    if (!loss || await confirmed(loss.title, loss.lost, t("离开", "Leave"))) go(link);
  };
  const unloading = (event: Event): void => {
    if (!agreed && unsaved.loss()) event.preventDefault();
  };
  window.addEventListener("click", followed); /* after all others: many a link opens something here */
  window.addEventListener("beforeunload", unloading);
  return () => {
    window.removeEventListener("click", followed);
    window.removeEventListener("beforeunload", unloading);
  };
}

/** The link by which this click leaves the page. */
function leading(event: MouseEvent): HTMLAnchorElement | null {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
  if (!link || link.hasAttribute("download") || (link.target && link.target !== "_self")) return null;
  const within = link.hash && link.pathname === location.pathname && link.search === location.search;
  return within ? null : link;
}
