import { type InitResult, initialise } from "../../app/init.ts";
import { pinGenesis } from "../../app/trust-pin.ts";
import { MirrorError } from "../../base/errors.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";
import { confirmPin } from "./trust.ts";

interface Options {
  readonly policyBranch?: string;
  /** Commander's form of `--no-passphrase`. */
  readonly passphrase: boolean;
  readonly genesis?: string;
  readonly fingerprint?: string;
  readonly json?: boolean;
}

/** `mirror init`. */
export async function initCommand(context: Context, options: Options): Promise<number> {
  const { directory, environment } = context;
  if (options.genesis !== undefined) {
    const pinned = await pinGenesis(
      directory,
      environment,
      options.genesis,
      confirmPin(context, options.fingerprint),
    );
    context.print(
      options.json === true
        ? JSON.stringify(pinned)
        : `Pinned ${pinned.genesis.slice(0, 12)} at epoch ${pinned.epoch}.`,
    );
    return exitCodes.ok;
  }
  const result = await initialise({
    directory,
    environment,
    policyBranch: options.policyBranch ?? null,
    noPassphrase: !options.passphrase,
    prompts: promptsOf(context.terminal),
  });
  if (result.outcome === "begun-elsewhere") throw begunElsewhere(result);
  if (options.json === true) context.print(JSON.stringify(jsonOf(result)));
  else for (const line of pageOf(result, context)) context.print(line);
  return exitCodes.ok;
}

function begunElsewhere(result: Extract<InitResult, { outcome: "begun-elsewhere" }>): MirrorError {
  const lines = result.candidates.map(
    ({ lineage, signer, fingerprint, time }) =>
      `  ${lineage.genesis}  ${time}  signed by ${signer}, key ${fingerprint}`,
  );
  const [first] = result.candidates;
  return new MirrorError("not-pinned", `this repository's policy was begun elsewhere:\n${lines.join("\n")}`, {
    hint: `ask the owner whether that is their key, then run \`mirror trust pin ${first?.lineage.genesis.slice(0, 12)}\``,
    data: { candidates: result.candidates },
  });
}

function jsonOf(result: Exclude<InitResult, { outcome: "begun-elsewhere" }>): unknown {
  if (result.outcome === "already")
    return { outcome: result.outcome, ...result.record, stateDirectory: result.stateDirectory };
  const { owner, lineage, branch, gate, template, stateDirectory } = result;
  const key = { kind: owner.signer.kind, fingerprint: owner.signer.fingerprint, origin: owner.origin };
  return { outcome: result.outcome, ...lineage, branch, gate, template, owner: key, stateDirectory };
}

function pageOf(result: Exclude<InitResult, { outcome: "begun-elsewhere" }>, context: Context): string[] {
  const { style } = context;
  if (result.outcome === "already") {
    return [
      `This repository is governed already, since ${result.record.genesis.slice(0, 12)}, by the gate ${result.record.gate}.`,
      "Nothing was changed. See: mirror status",
    ];
  }
  const { owner, lineage, branch, gate, person } = result;
  const origin = {
    git: "the key your git signs with",
    found: "the key mirror made for you before",
    made: owner.hasPassphrase === true ? "made now" : "made now, without a passphrase",
  }[owner.origin];
  const policy =
    result.template === null
      ? "as it stood in .mirror/"
      : `template ${result.template}, in .mirror/policies/base.yaml`;
  const push = result.isCheckedOut ? "git push" : `git push origin ${branch}`;
  return [
    style.bold(`Policy begins with commit ${lineage.genesis.slice(0, 12)} on ${branch}.`),
    `  owner   ${person.name} <${person.email}>  ${owner.signer.kind} ${owner.signer.fingerprint} (${origin})`,
    `  gate    ${gate}`,
    `  policy  ${policy}`,
    "",
    `Nothing was pushed; to share it: ${push}`,
    "Next: mirror agent add coder --client claude-code",
  ];
}
