import type { GivenApproval } from "../app/policy/approve.ts";
import type { PolicyEpoch } from "../app/policy/history.ts";
import type { ImportedPolicy } from "../app/policy/import.ts";
import type { ProposalStand } from "../app/policy/list.ts";
import type { MergedProposal } from "../app/policy/merge.ts";
import type { MadeProposal } from "../app/policy/propose.ts";
import { takes } from "../app/policy/terms.ts";
import type { Withdrawn } from "../app/policy/withdraw.ts";
import { printable } from "../base/escape.ts";
import type { Trust } from "../model/policy-set.ts";
import { type Cell, columns } from "./columns.ts";
import type { Style } from "./style.ts";

type Judgement = MadeProposal["judgement"];

/** Says what `mirror policy propose` made, and what comes next. */
export function madeProposalPage({ branch, commit, judgement, agent }: MadeProposal): string[] {
  const who = agent === null ? "" : `, marked as an agent's (${agent})`;
  return [
    `${branch} is made: commit ${commit.slice(0, 12)}${who}.`,
    ...roleLines(judgement),
    "",
    `Next: mirror policy plan ${branch}, then mirror policy approve ${branch}`,
  ];
}

/** Says what became of imported rules. */
export function importPage({ policy, proposal, files, taken, refused, unsafe }: ImportedPolicy): string[] {
  const named = ({ from, at }: { from: string; at: string }): string => printable(`${from} (${at})`);
  return [
    `Read: ${files.map(printable).join(", ")}`,
    ...columns(taken.map(({ rule, from, at }) => ["  taken", rule, printable(from), printable(at)])),
    ...taken.flatMap(({ rule, remarks }) => remarks.map((remark) => `  note: ${rule}: ${printable(remark)}`)),
    ...refused.map((each) => `  not taken: ${named(each)}: ${printable(each.why)}`),
    ...unsafe.map((each) => `  unsafe as it stood: ${named(each)}: ${printable(each.why)}`),
    "",
    ...madeProposalPage(proposal),
    `To have it hold for an agent, add \`${policy}\` to \`policies\` in .mirror/agents/<agent>.yaml.`,
  ];
}

/** Lists proposals, a line each. */
export function proposalLines(stands: readonly ProposalStand[], style: Style): string[] {
  if (stands.length === 0)
    return ["No proposals. One begins with: mirror policy propose <name> --from-file <file>"];
  return columns(
    stands.map((stand): Cell[] => [
      printable(stand.branch),
      { text: stand.state, paint: paintOf(stand, style) },
      { text: stand.digest?.slice(0, 12) ?? "-", paint: style.dim },
      waitsFor(stand),
    ]),
  );
}

/** Shows one proposal. */
export function proposalPage(stand: ProposalStand, style: Style): string[] {
  const { branch, commit, digest, approvedBy, judgement, changes, problems } = stand;
  const approvals = approvedBy.length === 0 ? "nobody" : approvedBy.join(", ");
  return [
    ...columns([
      ["proposal", printable(branch)],
      ["state", { text: stand.state, paint: paintOf(stand, style) }],
      ["commit", commit.slice(0, 12)],
      ["set", digest?.slice(0, 12) ?? "-"],
      ["approved", `by ${approvals}`],
    ]),
    ...changes.map(({ path, what }) => `  ${what.padEnd(7)}  .mirror/${printable(path)}`),
    ...(judgement === null ? [] : roleLines(judgement)),
    ...problems.map((problem) => `problem  ${printable(problem)}`),
  ];
}

/** Says what an approval did. */
export function approvalPage({ branch, commit, signer, missing }: GivenApproval): string[] {
  const did =
    commit === null
      ? `${signer} had approved ${branch} before; nothing was changed.`
      : `${signer} approves ${branch}: commit ${commit.slice(0, 12)}.`;
  if (missing.length === 0) return [did, `Next: mirror policy merge ${branch}`];
  return [did, ...missing.map((each) => `  still needed: ${each}`)];
}

/** Says what a merge did. */
export function mergedPage({ branch, commit, epoch, approvedBy }: MergedProposal): string[] {
  const by = `approved by ${approvedBy.join(", ")}`;
  return [
    `${branch} is approved and merged: ${commit.slice(0, 12)}, epoch ${epoch}, ${by}. It holds from the next call on.`,
  ];
}

/** Lists signers, roles and gates. */
export function trustLines({ signers, roles, gates }: Trust, style: Style): string[] {
  const rows: Cell[][] = [];
  for (const { id, keys } of signers) {
    const own = [...roles].filter(([, role]) => role.signers.includes(id)).map(([name]) => name);
    for (const { fingerprint } of keys)
      rows.push(["signer", id, { text: fingerprint, paint: style.dim }, own.join(", ")]);
  }
  for (const [name, role] of roles) rows.push(["role", name, takes(role), role.paths.join(", ")]);
  for (const { id, fingerprint, revoked } of gates) {
    const end = revoked === null ? "" : `revoked after receipt ${revoked.seq}`;
    rows.push(["gate", id, { text: fingerprint, paint: style.dim }, end]);
  }
  return columns(rows);
}

/** Says what became of a withdrawn proposal. */
export function withdrawnPage({ branch, commit, approvedBy, remotes }: Withdrawn): string[] {
  const lines = [`${branch} is withdrawn; it was at ${commit.slice(0, 12)}.`];
  for (const remote of remotes) {
    const [name, ...rest] = remote.split("/");
    lines.push(`  ${remote} is still there: git push ${name} --delete ${rest.join("/")}`);
  }
  if (approvedBy.length > 0) {
    lines.push(
      `  ${approvedBy.join(", ")} had approved it: whoever kept it may merge it until the policy set changes.`,
      "  To end that now: mirror policy void",
    );
  }
  return lines;
}

/** Lists the policy sets that held, a line each. */
export function historyLines(epochs: readonly PolicyEpoch[], style: Style): string[] {
  return columns(
    epochs.map(({ epoch, commit, digest, time, approvedBy, subject }): Cell[] => [
      String(epoch).padStart(3),
      { text: new Date(time * 1_000).toISOString().slice(0, 10), paint: style.dim },
      commit.slice(0, 12),
      { text: digest.slice(0, 12), paint: style.dim },
      approvedBy.length === 0 ? "-" : approvedBy.join(", "),
      printable(subject),
    ]),
  );
}

function roleLines({ roles, widens }: Judgement): string[] {
  return [
    ...columns(
      roles.map(({ role, needed, have, missing, paths }) => [
        "  needs",
        `${needed} of ${role}`,
        have.length >= needed ? `has ${have.join(", ")}` : `from ${missing.join(", ")}`,
        paths.join(", "),
      ]),
    ),
    widens ? "  It may permit more than before." : "  It permits nothing that was not permitted before.",
  ];
}

function waitsFor({ state, approvedBy, judgement, problems }: ProposalStand): string {
  if (state === "merged") return "is what holds";
  if (state === "stuck") return printable(problems[0] ?? "");
  const given = approvedBy.length === 0 ? "approved by nobody" : `approved by ${approvedBy.join(", ")}`;
  const needs = (judgement?.roles ?? [])
    .filter(({ met }) => !met)
    .map(
      ({ role, needed, have, missing }) => `${needed - have.length} more of ${role} (${missing.join(", ")})`,
    );
  return needs.length === 0 ? given : `${given}; needs ${needs.join("; ")}`;
}

function paintOf({ state }: ProposalStand, style: Style): (text: string) => string {
  if (state === "ready") return style.green;
  return state === "stuck" ? style.red : style.dim;
}
