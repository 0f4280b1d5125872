/** Tables as tab-separated text, the way Excel writes and reads them. */
export function toText(cells: string[][]): string {
  const quote = (text: string): string => (/[\t\n\r"]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  return cells.map((row) => row.map(quote).join("\t")).join("\r\n");
}

/** Reads quoted cells with tabs and line breaks in them; one line break at the end is Excel's own and dropped. */
export function fromText(text: string): string[][] {
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  const rows: string[][] = [[]];
  let at = 0;
  while (at <= source.length) {
    let cell = "";
    if (source[at] === '"') {
      const end = closing(source, at + 1);
      if (end > 0) {
        cell = source.slice(at + 1, end).replace(/""/g, '"');
        at = end + 1;
      }
    }
    while (at < source.length && source[at] !== "\t" && source[at] !== "\n") cell += source[at++];
    rows[rows.length - 1].push(cell);
    if (at >= source.length) break;
    if (source[at] === "\n") rows.push([]);
    at++;
  }
  return rows;
}

/** The quote that ends a cell: followed by a tab, a line break or the end; -1 when the first one was only a character. */
function closing(source: string, from: number): number {
  for (let at = source.indexOf('"', from); at >= 0; at = source.indexOf('"', at + 1)) {
    if (source[at + 1] === '"') at++;
    else return at + 1 >= source.length || source[at + 1] === "\t" || source[at + 1] === "\n" ? at : -1;
  }
  return -1;
}
