/** Dates as people write them: 20261225, 2026/12/25, 2026-1-5, 2026年12月25日, 12-25, 今天, +3. */
const WORDS: Record<string, number> = { 今天: 0, 今日: 0, today: 0, 明天: 1, tomorrow: 1, 后天: 2, 昨天: -1, yesterday: -1, 前天: -2 };

/** The organisation's day, which need not be the browser's: midnight of it in the browser's own time. */
export function today(): Date {
  const timeZone = document.documentElement.dataset.timeZone;
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "numeric", day: "numeric" }).formatToParts(new Date());
  const [year, month, day] = ["year", "month", "day"].map((kind) => Number(parts.find(({ type }) => type === kind)!.value));
  return new Date(year, month - 1, day);
}

/** The date as 2026-03-01, or null when it is not one. */
export function readDate(text: string, from = today()): string | null {
  const source = text.trim().toLowerCase();
  if (source in WORDS) return shifted(from, WORDS[source]);
  const step = /^([+-]\d{1,4})(?:天|d)?$/.exec(source);
  if (step) return shifted(from, Number(step[1]));
  const packed = /^(\d{4})(\d{2})(\d{2})$/.exec(source);
  const full = packed ?? /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(source);
  if (full) return made(Number(full[1]), Number(full[2]), Number(full[3]));
  const short = /^(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(source);
  return short ? made(from.getFullYear(), Number(short[1]), Number(short[2])) : null;
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

const CLOCK = /^(上午|下午|早上|晚上|中午|凌晨)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*分?(?::?(\d{1,2})秒?)?\s*(am|pm)?$/;

/** A time of day as 09:30:00 of 0930, 9:30, 下午3点20 or 3:20 pm, as the server reads it; null when it is none. */
export function readTime(text: string): string | null {
  const source = text.normalize("NFKC").trim().toLowerCase();
  const packed = /^(\d{2})(\d{2})$/.exec(source);
  if (packed) return clock(Number(packed[1]), Number(packed[2]), 0);
  const found = CLOCK.exec(source);
  if (!found) return null;
  const [, part = "", said, minute = "0", second = "0", half] = found;
  const hour = Number(said);
  const late = ["下午", "晚上"].includes(part) || (part === "中午" && hour < 11) || half === "pm";
  const early = ["凌晨", "上午", "早上"].includes(part) || half === "am";
  return clock(late && hour < 12 ? hour + 12 : early && hour === 12 && !late ? 0 : hour, Number(minute), Number(second));
}

function clock(hour: number, minute: number, second: number): string | null {
  return hour < 24 && minute < 60 && second < 60 ? [hour, minute, second].map((part) => String(part).padStart(2, "0")).join(":") : null;
}
