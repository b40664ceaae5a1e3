// The one table that all figures end in.

/** Gives its lines. */
export function table(lines) {
  const rows = [
    ["figure", "what", "taken", "target", "", "from"],
    ...lines.map(({ figure, what, value, want, target, unit, passes, detail }) => [
      figure,
      what,
      `${number(value)} ${unit}`,
      `${want} ${number(target)} ${unit}`,
      passes ? "pass" : "MISS",
      detail,
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

/** Gives a number with three figures that count. */
export function number(value) {
  if (value >= 1_000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
