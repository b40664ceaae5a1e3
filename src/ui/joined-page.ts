import type { Joined } from "../app/join.ts";
import { columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Writes that a root is trusted now, and what to do next. */
export function joinedPage(joined: Joined, style: Style): string[] {
  const { view, lineage, gate, gateFingerprint, isNewGate, isEnrolled } = joined;
  const ahead =
    lineage.epoch > view.lineage.epoch
      ? [
          `${style.yellow("note")}  this gate has adopted epoch ${lineage.epoch} before; the branches here lead to epoch ${view.lineage.epoch} only, and it does not go back`,
        ]
      : [];
  const enrolled = isEnrolled ? "enrolled" : "not enrolled yet";
  const hooks = view.agents.flatMap(({ id, clients }) =>
    clients.map((client) => [
      `  mirror agent add ${id} --client ${client}`,
      `installs the hooks of ${id}, which is bound already`,
    ]),
  );
  const request = [
    "  mirror gate request",
    view.deniesUnenrolled
      ? "proposes to enrol this gate; until a signer merges that, it denies every call"
      : "proposes to enrol this gate, so that others can check its receipts",
  ];
  const next = [...hooks, ...(isEnrolled ? [] : [request])];
  return [
    style.bold(`Pinned ${lineage.genesis.slice(0, 12)} at epoch ${lineage.epoch}.`),
    `  gate  ${gate} (${isNewGate ? "new" : "as before, its ledger goes on"}, ${enrolled})  ${gateFingerprint}`,
    ...ahead,
    ...(next.length === 0 ? [] : ["", "Next:", ...columns(next)]),
  ];
}

/** Gives the same for machines. */
export function joinedJson(joined: Joined): object {
  const { view, lineage, gate, gateFingerprint, isNewGate, isEnrolled, stateDirectory } = joined;
  const { signer, fingerprint } = view.candidate;
  return {
    ...lineage,
    owner: { signer, fingerprint },
    gate,
    gateFingerprint,
    isNewGate,
    isEnrolled,
    stateDirectory,
  };
}
