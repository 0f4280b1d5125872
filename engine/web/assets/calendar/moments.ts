/** Days and times as they stand in the page, without a zone: "2026-11-24" and "2026-11-24T10:30". */
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const read = (text: string): number => Date.parse(text.length > 10 ? `${text}:00Z` : `${text}T00:00:00Z`);

/** The same moment so many days and minutes later. */
export function shifted(text: string, days: number, minutes: number): string {
  return new Date(read(text) + days * DAY + minutes * MINUTE).toISOString().slice(0, text.length > 10 ? 16 : 10);
}

/** How many days lie from one to the other. */
export function daysBetween(from: string, to: string): number {
  return Math.round((read(to.slice(0, 10)) - read(from.slice(0, 10))) / DAY);
}
