import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";
import type * as world from "./world.ts";

// Rules of the walk that several tests take out.

/** A world, and whatever mirror walks in it. */
export type Mirror = typeof world;

/** A world in which mirror lacks a rule. */
export function worldWithout(...cuts: readonly Cut[]): Promise<Mirror> {
  return moduleWithout<Mirror>("test/trust/world.ts", ...cuts);
}

/** Every commit is read for a statement, not only those with the exact words in them. */
export const everyCommitIsRead: Cut = {
  file: "src/trust/candidates.ts",
  text: "const isMarked = mayState(bytes);",
  by: "const isMarked = true;",
};

const noLineageIsAsked: Cut = {
  file: "src/trust/walk.ts",
  text: "if (!approvals.has(parent.lineage) && !settlements.has(parent.lineage))",
  by: "if (approvals.size + settlements.size === 0)",
};

const onParent = `(candidates.approvals.get(parent.lineage) ?? []).filter(
    ({ statement }) => statement.epoch === parent.epoch,
  )`;

/** P3 without the statement: a signature says yes to whatever the commit holds. */
export const signatureIsEnough: readonly Cut[] = [
  everyCommitIsRead,
  noLineageIsAsked,
  {
    file: "src/trust/candidates.ts",
    text: "const approval = readApproval(commit.message);",
    by: 'const approval = readApproval(commit.message) ?? { digest: "", epoch: 0, lineage: "" };',
  },
  {
    file: "src/trust/steps.ts",
    text: onParent,
    by: "parent.epoch > 0 ? [] : [...candidates.approvals.values()].flat()",
  },
  {
    file: "src/trust/steps.ts",
    text: `const { digest } = approval.statement;
    const held = await sets.digestOf(approval.commit.tree);`,
    by: `const held = await sets.digestOf(approval.commit.tree);
    if (typeof held !== "string") continue;
    const digest = held;`,
  },
];

/** P3 without the base: an approval is good on any lineage, as often as there is something to change. */
export const anyBaseWillDo: readonly Cut[] = [
  noLineageIsAsked,
  {
    file: "src/trust/steps.ts",
    text: onParent,
    by: `[...candidates.approvals.values()].flat().filter(
      ({ statement }) => parent.epoch < 3 && statement.digest !== parent.digest)`,
  },
];

/** P4 without the walk: what was merged last decides. */
export const lastMergeDecides: Cut = {
  file: "src/trust/walk.ts",
  text: "    const adopted: Step[] = [];\n    const forks: Fork[] = [];\n",
  by: `    const last = await this.#sets.digestOf([...this.#candidates.merges.values()].at(-1));
    const commit = [...this.#candidates.merges.keys()].at(-1);
    return {
      lineage: { ...from.lineage, digest: last }, commit, files: this.#sets.files(last),
      adopted: [], forks: [], open: null, pending: [], problems: [],
    };
    const adopted: Step[] = [];
    const forks: Fork[] = [];
`,
};
