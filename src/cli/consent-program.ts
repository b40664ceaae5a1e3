import { type Command, Option } from "commander";
import { consentTerms } from "../model/consent.ts";
import { amount, json, type RunCommand, receiptNumber } from "./command-parts.ts";

/** Adds `mirror approvals …` and `mirror grants …`. */
export function addConsentCommands(program: Command, run: RunCommand): void {
  const load = async () => await import("./commands/approvals.ts");
  const approvals = program
    .command("approvals")
    .description("calls that wait for a signer's answer (`consent: wait` and `signed`)");
  approvals
    .command("list")
    .description("what waits, and what an answer would amount to")
    .addOption(json())
    .action(run(async () => (await load()).approvalsListCommand));
  approvals
    .command("show")
    .argument("<id>", "the number of the ask's receipt", receiptNumber)
    .description("show one ask that waits")
    .addOption(json())
    .action(run(async () => (await load()).approvalsShowCommand));
  approvals
    .command("answer")
    .argument("<id>", "the number of the ask's receipt", receiptNumber)
    .description("answer an ask, signed with your key")
    .option("--allow", "let the call run")
    .option("--deny", "do not let it run")
    .addOption(
      new Option("--for <term>", "for this call, or for calls like it")
        .choices([...consentTerms])
        .default("once"),
    )
    .option("--reason <text>", "what the agent is told")
    .option("--as <id>", "sign as this signer, where you are several")
    .addOption(json())
    .action(run(async () => (await load()).approvalsAnswerCommand));

  const grants = program.command("grants").description("what people allowed for a while");
  const loadGrants = async () => await import("./commands/grants.ts");
  grants
    .command("list")
    .description("the grants that hold")
    .addOption(json())
    .action(run(async () => (await loadGrants()).grantsListCommand));
  grants
    .command("add")
    .description("let an agent use more of a budget, in the window that is running, signed with your key")
    .requiredOption("--agent <id>", "which agent")
    .requiredOption("--budget <name>", "which budget, as `mirror budget` names it")
    .addOption(
      new Option("--more <amount>", "how much more than its limit, in its unit")
        .argParser(amount)
        .makeOptionMandatory(),
    )
    .option("--as <id>", "sign as this signer, where you are several")
    .addOption(json())
    .action(run(async () => (await loadGrants()).grantsAddCommand));
  grants
    .command("revoke")
    .argument("<id>", "the number of the answer's receipt", receiptNumber)
    .description("take a grant back")
    .addOption(json())
    .action(run(async () => (await loadGrants()).grantsRevokeCommand));
}
