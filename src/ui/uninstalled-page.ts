import type { Uninstalled } from "../app/uninstall.ts";
import { printable } from "../base/escape.ts";
import { type Cell, columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Writes what an uninstall took back, what it left, and what is lost with the pin. */
export function uninstalledPage(done: Uninstalled, style: Style): string[] {
  if (!done.changed)
    return [`mirror is not installed in ${printable(done.repository)}: there is nothing to take back.`];
  return [
    style.bold(`mirror is taken back from ${printable(done.repository)}.`),
    ...takenLines(done, style),
    ...leftLines(done, style),
    ...pinLines(done),
  ];
}

function takenLines({ settings, excluded, removed, purged }: Uninstalled, style: Style): string[] {
  const rows: Cell[][] = [];
  const row = (name: string, text: string): void =>
    void rows.push([{ text: `  ${name}`, paint: style.dim }, printable(text)]);
  for (const { file, removed: gone } of settings)
    row("hooks", `${file}${gone ? " (nothing else was in it)" : ""}`);
  for (const line of excluded) row("ignored", `${line} in .git/info/exclude`);
  for (const path of removed) row("removed", path);
  for (const path of purged) row("key", path);
  return columns(rows);
}

function leftLines({ gates, settings, purged, notes }: Uninstalled, style: Style): string[] {
  const left = [
    ...gates.map(
      ({ gate, ledger }) =>
        `the ledger refs/mirror/ledger/${gate}${ledger === null ? "" : `, ${ledger.seq + 1} receipts`}`,
    ),
    "the policy in .mirror/ and its history",
    ...(purged.length === 0 ? ["every key"] : []),
    ...notes,
  ];
  const shared = settings.filter(({ scope }) => scope === "project").map(({ file }) => file);
  return [
    "",
    ...left.map(
      (text, index) => `${style.dim(index === 0 ? "left as it is  " : "               ")}${printable(text)}`,
    ),
    ...shared.map((file) =>
      printable(`${file} may be committed: commit this change, too, or others still have the hooks.`),
    ),
  ];
}

function pinLines({ gates, purged }: Uninstalled): string[] {
  const lines = gates.map(
    ({ gate, epoch, ledger }) =>
      `The pin of ${gate} is gone with its state. It stood at epoch ${epoch}${ledger === null ? "" : `, receipt ${ledger.seq} ${ledger.head}`}: what is cut off from here on, nothing on this machine would notice. Keep that line.`,
  );
  const again =
    purged.length === 0
      ? "`mirror init` pins again, on a person's word, and the same gate goes on."
      : "`mirror init` makes a new gate.";
  const clients = "Clients that still run have their calls refused until they are started again.";
  return lines.length === 0 ? [] : ["", ...lines.map(printable), again, clients];
}
