/** A cell: its text, and how it is coloured once its width is settled. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/**
 * Aligns rows in columns, two spaces between; the last column is not padded. Cells are one line each; widths are
 * counted in code points.
 */
export function columns(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, width(cellText(cell)));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const text = cellText(cell);
        const padding = index === row.length - 1 ? "" : " ".repeat((widths[index] ?? 0) - width(text));
        return typeof cell === "string" ? text + padding : cell.paint(text) + padding;
      })
      .join("  ")
      .trimEnd(),
  );
}

function cellText(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function width(text: string): number {
  return Array.from(text).length;
}
