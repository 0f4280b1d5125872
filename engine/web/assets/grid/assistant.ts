/** What helps while a cell is edited: a list to choose from, a calendar. It never takes the focus from the catcher. */
import type { Cell } from "./contract";

export interface Chosen { raw: unknown; shown: Partial<Cell> }

export interface Assistant {
  readonly box: HTMLElement;
  /** The text in the catcher has changed. */
  query(text: string): void;
  /** A key; true when it was used. */
  key(event: KeyboardEvent): boolean;
  /** What is chosen, when the edit ends: undefined sends the text, null changes nothing. */
  result(text: string): Chosen | undefined | null;
  close(): void;
}
