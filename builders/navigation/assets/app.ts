/** The `app` document as the editor changes it, and what there is to choose from. */
import type { Draft } from "../../forms/assets/draft";
import type { Label } from "../../forms/assets/labels";

export interface Item { form: string; icon?: string }
export interface Group { key: string; label?: Label; items: Item[] }
export interface Landing { form: string; view?: string }
export interface App { name: Label; icon?: string; accent?: string; navigation?: Group[]; landing?: Record<string, Landing> }

export interface FormShown { key: string; label: string; icon: string; views: { key: string; label: string }[] }
export interface Surroundings { forms: FormShown[]; roles: { key: string; label: string }[]; icons: string[]; accents: { name: string; value: string }[] }

export type Change = (label: string, edit: (app: App) => void, group?: string) => void;

export const appOf = (draft: Draft): App => draft.document as unknown as App;

/** The forms that stand in no group; the navigation shows them last. */
export function loose(app: App, all: FormShown[]): FormShown[] {
  const placed = new Set((app.navigation ?? []).flatMap((group) => group.items.map(({ form }) => form)));
  return all.filter(({ key }) => !placed.has(key));
}

/** Take a form out of where it stands and put it into a group at a place; without a group it is loose. */
export function moveForm(app: App, form: string, group: string | null, at: number): void {
  const groups = (app.navigation ??= []);
  const item = groups.flatMap(({ items }) => items).find((one) => one.form === form) ?? { form };
  for (const one of groups) one.items = one.items.filter((other) => other.form !== form);
  groups.find(({ key }) => key === group)?.items.splice(at, 0, item);
}
