import type { Diagnosis } from "../app/doctor/doctor.ts";
import { printable } from "../base/escape.ts";
import { type Cell, columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Writes a diagnosis: what was tried first, then each finding with what mends it, and last the sum. */
export function doctorPage(diagnosis: Diagnosis, style: Style): string[] {
  const parts = [
    triedLines(diagnosis, style),
    ...findingParts(diagnosis, style),
    [sumLine(diagnosis, style)],
  ];
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : ["", ...part]));
}

function triedLines({ probes, clients, ledger, epoch, gate }: Diagnosis, style: Style): string[] {
  const rows: Cell[][] = [];
  const row = (mark: Cell, name: string, text: string): void =>
    void rows.push([mark, { text: name, paint: style.dim }, printable(text)]);
  const ok: Cell = { text: "ok", paint: style.green };
  const failed: Cell = { text: "failed", paint: style.red };
  for (const { agent, file, outcome, receipt } of probes) {
    if (outcome === "refused")
      row(ok, "hook", `a forbidden call as ${agent} was refused (mirror show ${receipt}), ${file}`);
    else row(failed, "hook", `a forbidden call as ${agent}: ${outcome.replaceAll("-", " ")}, ${file}`);
  }
  for (const { client, version, failsClosed } of clients) {
    if (version !== null) row(failsClosed === true ? ok : failed, "client", `${client} ${version}`);
    else
      row(
        { text: "-", paint: style.dim },
        "client",
        `${client} was not found on PATH, its version is not known`,
      );
  }
  if (epoch !== null) row(ok, "policy", `epoch ${epoch}`);
  if (ledger !== null) row(ok, "ledger", `${ledger.receipts} receipts, where the pin says`);
  if (gate !== null) row({ text: "-", paint: style.dim }, "gate", gate);
  return columns(rows);
}

/** Problems come last, where the eye stays. */
function findingParts({ findings }: Diagnosis, style: Style): string[][] {
  const ordered = [...findings].sort((a, b) => Number(a.level === "problem") - Number(b.level === "problem"));
  return ordered.map(({ level, found, why, mend }) => [
    `${level === "problem" ? style.red("problem") : style.yellow("warning")}  ${printable(found)}`,
    `         ${style.dim(printable(why))}`,
    `         ${style.bold(printable(mend))}`,
  ]);
}

function sumLine({ findings }: Diagnosis, style: Style): string {
  const problems = findings.filter(({ level }) => level === "problem").length;
  const warnings = findings.length - problems;
  const counted = [count(problems, "problem"), count(warnings, "warning")].filter((text) => text !== "");
  if (counted.length === 0) return style.green("Nothing is wrong.");
  const text = `${counted.join(", ")}; what mends each stands below it.`;
  return problems > 0 ? style.red(text) : style.yellow(text);
}

function count(n: number, what: string): string {
  return n === 0 ? "" : `${n} ${what}${n === 1 ? "" : "s"}`;
}
