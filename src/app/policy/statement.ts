import { approvalStatement } from "../../trust/statement.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { openState } from "../open-state.ts";
import type { Where } from "../where.ts";
import { findProposal } from "./proposal.ts";

/** The lines that approve a policy set, for people who sign with plain git. */
export interface StatementText {
  /** Null: the approved set itself, which makes earlier approvals void. */
  readonly branch: string | null;
  readonly digest: string;
  readonly epoch: number;
  readonly lineage: string;
  readonly text: string;
}

/** Gives the statement that approves a proposal on the lineage that holds. Throws `usage` where it is not there. */
export async function statementFor(where: Where, name: string | null): Promise<StatementText> {
  const state = await openState(where.directory, where.environment);
  try {
    const { lineage } = await approvedPolicy(state);
    const proposal = name === null ? null : await findProposal(state, name);
    const digest = proposal?.digest ?? lineage.digest;
    const text = approvalStatement(digest, lineage.epoch, lineage.lineage);
    return { branch: proposal?.branch ?? null, digest, epoch: lineage.epoch, lineage: lineage.lineage, text };
  } finally {
    state.close();
  }
}
