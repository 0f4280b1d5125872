/** What a formula may name, found by label, pinyin or key; shared by all editors of one place. */
import { get } from "../base/http";
import { dotted, writtenLabels } from "./written";

export interface FieldName {
  path: string;
  label: string;
  type: string;
  kind: string;
  icon: string;
  group: string;
  spelled: string;
  initials: string[];
  leads: boolean;
  options?: { value: string; label: string }[];
}

export interface FunctionName {
  name: string;
  category: string;
  category_label: string;
  signature: string;
  summary: string;
  examples: [string, string][];
  volatile: boolean;
  in_bulk: boolean;
}

const CHINESE = /[\u3400-\u9fff]/;

export class Names extends EventTarget {
  readonly byPath = new Map<string, FieldName>();
  readonly byFunction = new Map<string, FunctionName>();
  loaded = false;
  #asked: Promise<void> | null = null;
  #under = new Map<string, Promise<FieldName[]>>();

  constructor(readonly url: string, readonly inside: string, readonly draft: boolean) {
    super();
  }

  /** Fetch the names once; with `again` as they are now. */
  load(again = false): Promise<void> {
    if (again) this.#under.clear();
    if (again || !this.#asked) this.#asked = this.#load();
    return this.#asked;
  }

  async #load(): Promise<void> {
    const found = await get<{ fields: FieldName[]; functions: FunctionName[] }>(this.#address());
    this.byPath.clear();
    for (const one of found.fields) this.byPath.set(one.path, one);
    for (const one of found.functions) this.byFunction.set(one.name, one);
    this.loaded = true;
    this.dispatchEvent(new Event("names"));
  }

  /** The fields behind the path or the label of a link or a subform, as far as they are known. */
  behind(path: string): FieldName[] {
    const next = (whole: string, begin: string): boolean => whole.startsWith(begin) && !whole.slice(begin.length).includes(".");
    const all = [...this.byPath.values()];
    const found = all.filter((one) => next(one.path, `${path}.`));
    return found.length ? found : all.filter((one) => next(dotted(one.label), `${path.toLowerCase()}.`));
  }

  /** The fields behind a link's path or label, asked for where they are not known. */
  under(written: string): Promise<FieldName[]> {
    const path = this.byPath.has(written) ? written : ([...this.byPath.values()].find((one) => dotted(one.label) === written.toLowerCase())?.path ?? written);
    const known = this.behind(path);
    if (known.length || this.byPath.get(path)?.leads === false) return Promise.resolve(known);
    if (!this.#under.has(path)) {
      const asked = get<{ fields: FieldName[] }>(this.#address({ under: path })).then(({ fields }) => (this.add(fields), fields), () => []);
      this.#under.set(path, asked);
    }
    return this.#under.get(path)!;
  }

  /** Learn names that came by another way. */
  add(fields: FieldName[]): void {
    const fresh = fields.filter((one) => !this.byPath.has(one.path));
    for (const one of fresh) this.byPath.set(one.path, one);
    if (fresh.length) this.dispatchEvent(new Event("names"));
  }

  /** A text with the labels of fields replaced by their paths, for what is pasted. */
  keyed(text: string): string {
    let [made, at] = ["", 0];
    for (const { from, to, path } of writtenLabels(this, text)) [made, at] = [made + text.slice(at, from) + path, to];
    return made + text.slice(at);
  }

  #address(more: Record<string, string> = {}): string {
    const query = new URLSearchParams({ ...(this.inside ? { inside: this.inside } : {}), ...(this.draft ? { draft: "1" } : {}), ...more });
    return `${this.url}/names?${query}`;
  }
}

const places = new Map<string, Names>();

/** The names of one place, the same for every editor on the page. */
export function namesOf(url: string, inside: string, draft: boolean): Names {
  const place = `${url} ${inside} ${draft}`;
  if (!places.has(place)) places.set(place, new Names(url, inside, draft));
  return places.get(place)!;
}

/** How well a field fits what was typed, best 0; -1 where it does not. */
export function fieldFits(field: FieldName, typed: string): number {
  const query = typed.toLowerCase();
  const label = field.label.toLowerCase();
  const last = label.slice(label.lastIndexOf(" · ") + 1).trim();
  if (!query) return 5;
  if (last.startsWith(query) || label.startsWith(query)) return 0;
  if (field.path.toLowerCase().startsWith(query)) return 1;
  if (label.includes(query)) return 2;
  if (!CHINESE.test(query)) {
    const initials = initialsFit(field.initials, query);
    if (initials >= 0) return initials ? 4 : 2;
    const spelled = field.spelled.indexOf(query);
    if (spelled >= 0) return spelled ? 5 : 3;
    if (query.length > 1 && field.path.toLowerCase().includes(query)) return 5;
  }
  return -1;
}

/** Where the typed letters begin the characters one after the other; -1 where nowhere. */
function initialsFit(initials: string[], query: string): number {
  for (let start = 0; start + query.length <= initials.length; start += 1) {
    if ([...query].every((letter, at) => initials[start + at].includes(letter))) return start;
  }
  return -1;
}

/** How well a function fits what was typed; what it does is looked at too. */
export function functionFits(one: FunctionName, typed: string): number {
  const query = typed.toUpperCase();
  if (!query) return 6;
  if (one.name === query) return 0;
  if (one.name.startsWith(query)) return 1;
  if (query.length > 1 && one.name.includes(query)) return 4;
  return typed.length > 1 && one.summary.toLowerCase().includes(typed.toLowerCase()) ? 5 : -1;
}

/** The parameters of a signature such as `ROUND(number, [digits])`. */
export function parameters(signature: string): string[] {
  const inner = signature.slice(signature.indexOf("(") + 1, signature.lastIndexOf(")"));
  return inner ? inner.split(",").map((one) => one.trim()) : [];
}
