/** The fields that conditions are built from: those of a list's view, or of any form that a builder asks for. */
import { get } from "../base/http";
import type { Column, Where } from "../grid/contract";
import { isLeaf } from "./conditions";

/** A value of the form being filled; `holds` says what sort of value it is, and the same sort can be compared. */
export interface Current { key: string; label: string; holds: string }

export interface Fields {
  readonly config: { columns: Column[]; urls: { choices: string } };
  readonly currents?: Current[];
  column(key: string): Column | undefined;
  /** The fields that one reaches through a link, a person or a subform. */
  through?(column: Column): Promise<Column[]>;
}

interface Answer { columns: Column[]; currents: Current[]; choices: string }

/** A form's fields as the server offers them at `url/fields`; what stands behind links is asked for when one goes there. */
export class FormFields implements Fields {
  readonly config = { columns: [] as Column[], urls: { choices: "" } };
  currents: Current[] = [];
  readonly #known = new Map<string, Column>();
  readonly #asked = new Set<string>();
  readonly #behind = new Map<string, Promise<Column[]>>();

  private constructor(readonly url: string, readonly query: string) {}

  /** The fields of the form, and those that a condition already reads through links. */
  static async read(url: string, query: string, where: Where | null): Promise<FormFields> {
    const made = new FormFields(url, query);
    const answer = await made.#ask(["", ...prefixes(where)]);
    made.config.columns = answer.columns.filter(({ key }) => !key.includes("."));
    made.config.urls.choices = `${answer.choices}?${query}`;
    made.currents = answer.currents;
    return made;
  }

  column(key: string): Column | undefined {
    return this.#known.get(key);
  }

  /** Whether everything that a condition reads is known already. */
  knows(where: Where | null): boolean {
    return prefixes(where).every((path) => this.#asked.has(path));
  }

  through(column: Column): Promise<Column[]> {
    let behind = this.#behind.get(column.key);
    if (!behind) this.#behind.set(column.key, (behind = this.#ask([column.key]).then(({ columns }) => columns)));
    return behind;
  }

  async #ask(paths: string[]): Promise<Answer> {
    const asked = paths.map((path) => `at=${encodeURIComponent(path)}`).join("&");
    const answer = await get<Answer>(`${this.url}/fields?${asked}&${this.query}`);
    for (const path of paths) this.#asked.add(path);
    for (const column of answer.columns) this.#known.set(column.key, column);
    return answer;
  }
}

/** "customer.owner.department" is reached through "customer" and "customer.owner". */
function prefixes(where: Where | null): string[] {
  const found = new Set<string>();
  const walk = (part: Where): void => {
    if (!isLeaf(part)) return ("all" in part ? part.all : "any" in part ? part.any : [part.not]).forEach(walk);
    const steps = part.field.split(".");
    for (let end = 1; end < steps.length; end++) found.add(steps.slice(0, end).join("."));
  };
  if (where) walk(where);
  return [...found];
}
