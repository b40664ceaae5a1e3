import type { MirrorError } from "../base/errors.ts";
import { formatProblem, type Problem } from "../base/problem.ts";
import type { PolicyProblem } from "../policy-store/policy-store.ts";

/** What a person does about a problem in the policy's history. */
export const whatToDo: Readonly<Record<PolicyProblem["code"], string>> = {
  "unreadable-commit": "say it again in a commit of plain git's, or by `mirror policy approve <branch>`",
  "malformed-statement":
    "say it again: `mirror policy approve <branch>`, or by hand the lines of `mirror policy statement <branch>`",
  unsigned: "whoever made it says it again with their key: `mirror policy approve <branch>`",
  "unknown-key":
    "whoever made it says it again with a key that `mirror trust list` shows; `mirror trust add` proposes another",
  "bad-signature": "whoever made it says it again: `mirror policy approve <branch>`",
  "other-policy-set": "approve what the branch holds now: `mirror policy approve <branch>`",
  "unusable-policy-set":
    "mend it on its branch (`mirror policy lint <branch>` says where) and approve that: `mirror policy approve <branch>`",
  "conflicting-settlements":
    "agree on one, and take the commit that settles on the other out of every branch, here and on remotes",
  "settled-child-missing": "fetch the branch that brings it: `git fetch --all`",
  fork: "bring its branch up to date with what holds (`mirror policy log` shows it) and approve it there, or leave it out",
  "missing-object":
    "fetch it: `git fetch --unshallow` in a shallow clone; else `git fsck` says what is missing",
};

/** Says an error in one line, with what to do. */
export function inOneLine({ message, hint }: MirrorError): string {
  return hint === null ? message : `${message}; ${hint}`;
}

/** Says a mistake in a document in one line, with what to do. */
export function mistakeText({ hint, ...mistake }: Problem): string {
  const found = formatProblem({ ...mistake, hint: null });
  return hint === null ? found : `${found}; ${hint}`;
}

/** Says a problem in one line: its commit, what was found and expected, what to do. */
export function policyProblemText({ code, commit, message }: PolicyProblem): string {
  return `commit ${commit.slice(0, 12)}: ${message}; ${whatToDo[code]}`;
}
