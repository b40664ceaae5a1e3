import { type InitResult, initialise } from "../../app/init.ts";
import type { TemplateName } from "../../app/templates.ts";
import { MirrorError } from "../../base/errors.ts";
import { candidateLines, genesisPage } from "../../ui/genesis-page.ts";
import { joinedJson, joinedPage } from "../../ui/joined-page.ts";
import { confirmPin } from "../confirm-pin.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";

interface Options {
  readonly policyBranch?: string;
  readonly template?: TemplateName;
  /** Commander's form of `--no-passphrase`. */
  readonly passphrase: boolean;
  readonly genesis?: string;
  readonly fingerprint?: string;
  readonly json?: boolean;
}

/** `mirror init`. */
export async function initCommand(context: Context, options: Options): Promise<number> {
  const { directory, environment, terminal } = context;
  const { genesis, fingerprint } = options;
  const isAnswered = fingerprint !== undefined || terminal.isInteractive;
  const result = await initialise({
    directory,
    environment,
    policyBranch: options.policyBranch ?? null,
    template: options.template ?? null,
    noPassphrase: !options.passphrase,
    prompts: promptsOf(terminal),
    genesis: genesis ?? null,
    fingerprint: fingerprint ?? null,
    confirm: isAnswered ? confirmPin(context, fingerprint) : null,
  });
  if (options.json === true) context.print(JSON.stringify(jsonOf(result)));
  if (result.outcome === "begun-elsewhere") {
    if (options.json === true) return exitCodes.failure;
    throw begunElsewhere(result, context);
  }
  if (options.json !== true) for (const line of pageOf(result, context)) context.print(line);
  return exitCodes.ok;
}

function begunElsewhere({ candidates, view }: BegunElsewhere, { style }: Context): MirrorError {
  const page = view === null ? candidateLines(candidates) : genesisPage(view, style);
  return new MirrorError("not-pinned", `this repository's policy was begun elsewhere:\n${page.join("\n")}`, {
    hint:
      view === null
        ? "ask the owner which of these is theirs and what fingerprint their key has, then run `mirror init --genesis <commit> --fingerprint <key>`"
        : `ask the owner whether that is their key, then run \`mirror init --fingerprint ${view.candidate.fingerprint}\``,
  });
}

type BegunElsewhere = Extract<InitResult, { outcome: "begun-elsewhere" }>;

function jsonOf(result: InitResult): unknown {
  switch (result.outcome) {
    case "begun-elsewhere":
      return result;
    case "joined":
      return { outcome: result.outcome, ...joinedJson(result) };
    case "already":
      return { outcome: result.outcome, ...result.record, stateDirectory: result.stateDirectory };
    case "initialised": {
      const { owner, lineage, branch, gate, template, stateDirectory } = result;
      const key = { kind: owner.signer.kind, fingerprint: owner.signer.fingerprint, origin: owner.origin };
      return { outcome: result.outcome, ...lineage, branch, gate, template, owner: key, stateDirectory };
    }
  }
}

function pageOf(result: Exclude<InitResult, BegunElsewhere>, context: Context): string[] {
  const { style } = context;
  if (result.outcome === "joined") return joinedPage(result, style);
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
    ...secondSigner(result.shortRoles),
  ];
}

function secondSigner(shortRoles: string | null): string[] {
  if (shortRoles === null) return [];
  return [
    "Then: mirror trust add <id> --ssh-key <file> --merge",
    `      You are the only signer, and your approval alone is enough until then: ${shortRoles}.`,
  ];
}
