import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isMirrorError, type MirrorError } from "../../base/errors.ts";
import type { PolicySet, PolicySetFiles } from "../../model/policy-set.ts";
import type { Prompts } from "../owner.ts";
import { readPolicyDirectory } from "../templates.ts";
import type { Where } from "../where.ts";
import { type MadeProposal, propose } from "./propose.ts";
import { mustBeGood } from "./reviewer.ts";

/** The person who edits. */
export interface Editor {
  /** Opens files of a directory and comes back when the person is done. */
  readonly edit: (directory: string, files: readonly string[]) => Promise<void>;
  /** Asks whether to open them again, as what came of it has a mistake. */
  readonly again: (mistake: MirrorError) => Promise<boolean>;
}

/**
 * Proposes what a person makes of the approved set in their editor: the policies are opened, and all else lies beside
 * them. Throws as `proposeFiles` does.
 */
export async function proposeEdited(
  where: Where,
  name: string,
  prompts: Prompts,
  editor: Editor,
): Promise<MadeProposal> {
  return await propose(where, prompts, name, async (before, set) => ({
    after: await edited(before, set, editor),
    subject: `policy: ${name}`,
  }));
}

async function edited(before: PolicySetFiles, set: PolicySet, editor: Editor): Promise<PolicySetFiles> {
  const top = mkdtempSync(join(tmpdir(), "mirror-propose-"));
  const directory = join(top, ".mirror");
  try {
    for (const [path, bytes] of before) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), bytes);
    }
    const policies = [...before.keys()].filter((path) => path.startsWith("policies/"));
    for (;;) {
      await editor.edit(directory, policies.length > 0 ? policies : ["mirror.yaml"]);
      const after = readPolicyDirectory(directory) ?? new Map();
      try {
        mustBeGood(after, set);
        return after;
      } catch (error) {
        if (!isMirrorError(error, "invalid-policy-set") || !(await editor.again(error))) throw error;
      }
    }
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
