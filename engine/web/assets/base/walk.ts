/** The list one came from, kept for this tab, so that its records can be read one after the other. */
import { post } from "./http";

/** How the records beyond those that are known are asked for. */
interface Ask { url: string; where: unknown; sort: unknown; search: string; inside?: unknown }
/** Some records of a list, one after the other: `first` is the place of the first among all of them. */
export interface Around { ids: number[]; first: number; total: number; ask?: Ask }
export interface Walk extends Around { from: string }

const PORTION = 50;
const key = (base: string): string => `jf-walk:${base}`;

export function keepWalk(base: string, walk: Walk): void {
  sessionStorage.setItem(key(base), JSON.stringify(walk));
}

export function walkOf(base: string): Walk | null {
  try {
    return JSON.parse(sessionStorage.getItem(key(base)) ?? "null") as Walk | null;
  } catch {
    return null;
  }
}

/** The walk with more records before or after those that it knows; the same where there are none, or none to be had. */
export async function further(base: string, walk: Walk, by: number): Promise<Walk> {
  const end = walk.first + walk.ids.length;
  const from = by < 0 ? Math.max(0, walk.first - PORTION) : end;
  const limit = by < 0 ? walk.first - from : Math.min(PORTION, walk.total - end);
  if (!walk.ask || limit <= 0) return walk;
  const { url, ...asked } = walk.ask;
  const answer = await post<{ rows: { id: number }[] }>(url, { ...asked, offset: from, limit, fields: [] });
  const ids = answer.rows.map(({ id }) => id).filter((id) => !walk.ids.includes(id));
  const found = by < 0 ? { ...walk, ids: [...ids, ...walk.ids], first: from } : { ...walk, ids: [...walk.ids, ...ids] };
  keepWalk(base, found);
  return found;
}
