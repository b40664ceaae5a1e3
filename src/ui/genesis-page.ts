import type { GenesisCandidate } from "../app/genesis-candidates.ts";
import type { GenesisView } from "../app/genesis-view.ts";
import { printable } from "../base/escape.ts";
import { type Cell, columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Writes the roots that could be trusted, one a line. */
export function candidateLines(candidates: readonly GenesisCandidate[]): string[] {
  return columns(
    candidates.map(({ lineage, time, signer, fingerprint }) => [
      `  ${lineage.genesis}`,
      time,
      `signed by ${printable(signer)}`,
      fingerprint,
    ]),
  );
}

/** Writes what a person has to know before they trust a policy history. */
export function genesisPage(view: GenesisView, style: Style): string[] {
  const { candidate, lineage, commit, branch, owners, policies, agents, gates, notes } = view;
  const rows: Cell[][] = [];
  const row = (name: string, text: string): void =>
    void rows.push([{ text: `  ${name}`, paint: style.dim }, printable(text)]);
  row("genesis", `${candidate.lineage.genesis}  ${candidate.time}`);
  row("signed by", `${candidate.signer}  ${candidate.fingerprint}`);
  for (const { id, fingerprints } of owners) row("trust role", `${id}  ${fingerprints.join("  ")}`);
  row("epoch", `${lineage.epoch}, every step from the genesis verified`);
  row("policy set", `${lineage.digest.slice(0, 12)}, commit ${commit.slice(0, 12)}, branch ${branch}`);
  for (const { id, rules } of policies) row("policy", `${id}  ${rules} ${rules === 1 ? "rule" : "rules"}`);
  for (const { id, clients } of agents) row("agent", `${id}  ${clients.join(", ")}`);
  for (const id of gates) row("gate", id);
  return [...columns(rows), ...notes.map((note) => `  ${style.yellow("note")}        ${printable(note)}`)];
}
