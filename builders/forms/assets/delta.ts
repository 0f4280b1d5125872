/** What differs between two documents, place by place by key, so that steps can be undone and sent one by one. */
export type Json = unknown;
export type Doc = Record<string, Json>;
/** One place: what stood there and what stands there now; for `order`, the keys of a list. */
export interface Change { path: string[]; before?: Json; after?: Json; order?: { before: string[]; after: string[] } }

const KEYED = new Set(["fields", "rules", "views"]);

export const same = (one: Json, other: Json): boolean => one === other || JSON.stringify(one) === JSON.stringify(other);
export const copy = <T>(value: T): T => structuredClone(value);

/** The changes that lead from one document to the other. */
export function difference(before: Doc, after: Doc, path: string[] = []): Change[] {
  const found: Change[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[name], after[name]];
    if (same(old, now)) continue;
    const here = [...path, name];
    if (KEYED.has(name) && keyed(old) && keyed(now)) found.push(...ofList(old, now, here));
    else found.push({ path: here, before: old, after: now });
  }
  return found;
}

function ofList(before: Doc[], after: Doc[], path: string[]): Change[] {
  const old = new Map(before.map((one) => [one.key as string, one]));
  const now = new Map(after.map((one) => [one.key as string, one]));
  const found: Change[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key), now.get(key)];
    if (same(was, is)) continue;
    if (was && is && was.type === is.type && was.kind === is.kind) found.push(...difference(was, is, [...path, key]));
    else found.push({ path: [...path, key], before: was, after: is });
  }
  const order = { before: [...old.keys()], after: [...now.keys()] };
  if (!same(order.before, order.after)) found.push({ path, order });
  return found;
}

/** Put the changes into a document, or take them back; what is no longer as the change left it stays, and is counted. */
export function apply(document: Doc, changes: Change[], back = false): { document: Doc; skipped: number } {
  const result = copy(document);
  let skipped = 0;
  for (const change of changes.filter((one) => !one.order)) {
    const [from, to] = back ? [change.after, change.before] : [change.before, change.after];
    if (!put(result, change.path, from, to)) skipped += 1;
  }
  for (const change of changes) if (change.order) reorder(result, change.path, back ? change.order.before : change.order.after);
  return { document: result, skipped };
}

function put(document: Doc, path: string[], from: Json, to: Json): boolean {
  const holder = at(document, path.slice(0, -1)) as Doc | Doc[] | undefined;
  const name = path[path.length - 1];
  if (holder === undefined || holder === null) return to === undefined;
  if (Array.isArray(holder)) {
    const place = holder.findIndex((one) => one.key === name);
    if (place < 0 && from !== undefined) return to === undefined;
    if (place >= 0 && !same(holder[place], from)) return same(holder[place], to);
    if (to === undefined) holder.splice(place, 1);
    else if (place < 0) holder.push(copy(to) as Doc);
    else holder[place] = copy(to) as Doc;
    return true;
  }
  if (!same(holder[name], from)) return same(holder[name], to);
  if (to === undefined) delete holder[name];
  else holder[name] = copy(to);
  return true;
}

/** What stands at a path by keys. */
export function at(document: Json, path: string[]): Json {
  let found = document;
  for (const name of path) {
    if (Array.isArray(found)) found = found.find((one) => one === name || ["key", "value", "field", "form"].some((by) => (one as Doc | null)?.[by] === name));
    else found = (found as Doc | undefined)?.[name];
  }
  return found;
}

/** The list in the order of the keys; what they do not name stays behind the one that it follows. */
function reorder(document: Doc, path: string[], order: string[]): void {
  const list = at(document, path) as Doc[] | undefined;
  if (!Array.isArray(list)) return;
  const there = new Map(list.map((one) => [one.key as string, one]));
  const named = new Set(order);
  const following = new Map<string | null, Doc[]>();
  let previous: string | null = null;
  for (const one of list) {
    if (named.has(one.key as string)) previous = one.key as string;
    else following.set(previous, [...(following.get(previous) ?? []), one]);
  }
  const result = [...(following.get(null) ?? [])];
  for (const key of order) if (there.has(key)) result.push(there.get(key)!, ...(following.get(key) ?? []));
  list.splice(0, list.length, ...result);
}

function keyed(value: Json): value is Doc[] {
  return Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null && typeof (one as Doc).key === "string");
}
