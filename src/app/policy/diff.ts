import { gitOutput } from "../../git/launch.ts";
import { changesBetween } from "../../trust/changes.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { openState } from "../open-state.ts";
import type { Where } from "../where.ts";
import { findProposal } from "./proposal.ts";

/** Gives the text by which a proposal differs from the approved set, as git writes it. */
export async function diffProposal(where: Where, name: string, colour: boolean): Promise<string> {
  const state = await openState(where.directory, where.environment);
  try {
    const { repository } = state;
    const approved = await approvedPolicy(state);
    const { commit, files } = await findProposal(state, name);
    const changes = changesBetween(approved.files, files);
    if (changes.length === 0) return "";
    // No program of the repository's choice: no external diff, no text conversion.
    const args = ["diff", "--no-ext-diff", "--no-textconv", `--color=${colour ? "always" : "never"}`];
    const paths = [approved.commit, commit, "--", ...changes.map(({ path }) => `.mirror/${path}`)];
    return await gitOutput(
      repository.git,
      ["--git-dir", repository.gitDir, "--work-tree", repository.workTree, ...args, ...paths],
      { cwd: repository.workTree },
    );
  } finally {
    state.close();
  }
}
