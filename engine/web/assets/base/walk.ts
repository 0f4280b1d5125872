/** The list one came from, kept for this tab, so that its records can be read one after the other. */
interface Walk { ids: number[]; first: number; total: number; from: string }

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
