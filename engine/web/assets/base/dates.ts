/** Dates as people write them: 20261225, 2026/12/25, 2026-1-5, 2026年12月25日, 12-25, 今天, +3. */
const WORDS: Record<string, number> = { 今天: 0, 今日: 0, today: 0, 明天: 1, tomorrow: 1, 后天: 2, 昨天: -1, yesterday: -1, 前天: -2 };

/** The date as 2026-03-01, or null when it is not one. */
export function readDate(text: string, today = new Date()): string | null {
  const source = text.trim().toLowerCase();
  if (source in WORDS) return shifted(today, WORDS[source]);
  const step = /^([+-]\d{1,4})(?:天|d)?$/.exec(source);
  if (step) return shifted(today, Number(step[1]));
  const packed = /^(\d{4})(\d{2})(\d{2})$/.exec(source);
  const full = packed ?? /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(source);
  if (full) return made(Number(full[1]), Number(full[2]), Number(full[3]));
  const short = /^(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(source);
  return short ? made(today.getFullYear(), Number(short[1]), Number(short[2])) : null;
}

function made(year: number, month: number, day: number): string | null {
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? written(date) : null;
}

function shifted(from: Date, days: number): string {
  return written(new Date(from.getFullYear(), from.getMonth(), from.getDate() + days));
}

export function written(date: Date): string {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}
