/** Dragging a record to another day, and among hours to another time; by mouse, or by a finger that rests first. */
import { daysBetween } from "./moments";

export interface Drop { event: HTMLElement; days: number; minutes: number }

const FAR = 5;
const REST = 250;
const STEP = 15;
const DAY = 24 * 60;

interface Held { event: HTMLElement; id: number; x: number; y: number; day: string; ghost: HTMLElement | null; ready: boolean }

/** Answers how to stop listening. */
export function dragging(calendar: HTMLElement, dropped: (drop: Drop) => void): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let held: Held | null = null;
  let timer = 0;

  const end = (): void => {
    clearTimeout(timer);
    held?.ghost?.remove();
    for (const one of calendar.querySelectorAll(".drop-here")) one.classList.remove("drop-here");
    calendar.classList.remove("dragging");
    held = null;
  };

  calendar.addEventListener("dragstart", (event) => event.preventDefault(), { signal });
  calendar.addEventListener("pointerdown", (event) => {
    const one = (event.target as Element).closest<HTMLElement>(".cal-event[data-movable]");
    if (!one || event.button !== 0) return;
    const day = dayAt(calendar, event.clientX, event.clientY)?.dataset.day ?? one.dataset.begin!.slice(0, 10);
    held = { event: one, id: event.pointerId, x: event.clientX, y: event.clientY, day, ghost: null, ready: event.pointerType === "mouse" };
    if (!held.ready) timer = window.setTimeout(() => { if (held) held.ready = true; }, REST);
  }, { signal });

  document.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR;
    if (!held.ready) return far ? end() : undefined;
    if (!held.ghost) {
      if (!far) return;
      held.ghost = ghostOf(held.event);
      calendar.classList.add("dragging");
    }
    held.ghost.style.translate = `${event.clientX - held.x}px ${event.clientY - held.y}px`;
    const target = dayAt(calendar, event.clientX, event.clientY);
    for (const one of calendar.querySelectorAll(".drop-here")) if (one !== target) one.classList.remove("drop-here");
    target?.classList.add("drop-here");
  }, { signal });

  document.addEventListener("pointerup", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const { event: one, ghost, day, y } = held;
    const target = ghost && dayAt(calendar, event.clientX, event.clientY);
    end();
    if (!ghost) return;
    swallowClick();
    if (!target) return;
    const days = daysBetween(day, target.dataset.day!);
    const hours = one.closest<HTMLElement>(".cal-column");
    const minutes = hours ? Math.round(((event.clientY - y) / hours.offsetHeight) * (DAY / STEP)) * STEP : 0;
    if (days || minutes) dropped({ event: one, days, minutes });
  }, { signal });
  document.addEventListener("pointercancel", end, { signal });
  document.addEventListener("keydown", (event) => event.key === "Escape" && held?.ghost && end(), { signal });
  /* A finger that holds a record must not scroll the page. */
  calendar.addEventListener("touchmove", (event) => { if (held?.ready) event.preventDefault(); }, { passive: false, signal });
  return () => listening.abort();
}

function ghostOf(one: HTMLElement): HTMLElement {
  const box = one.getBoundingClientRect();
  const ghost = one.cloneNode(true) as HTMLElement;
  ghost.removeAttribute("data-id");
  ghost.className = "cal-event cal-ghost";
  ghost.style.left = `${box.left}px`;
  ghost.style.top = `${box.top}px`;
  ghost.style.width = `${box.width}px`;
  document.body.append(ghost);
  return ghost;
}

/** The day below a point, whatever lies on it. */
function dayAt(calendar: HTMLElement, x: number, y: number): HTMLElement | null {
  for (const one of document.elementsFromPoint(x, y)) {
    const day = (one as HTMLElement).closest<HTMLElement>("[data-day]");
    if (day && calendar.contains(day)) return day;
  }
  return null;
}

/** The click that ends a drag must not open the record. */
function swallowClick(): void {
  const stop = (event: Event): void => {
    event.stopImmediatePropagation();
    event.preventDefault();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, true), 50);
}
