import type { Command } from "commander";
import { json, type RunCommand, signerCount } from "./command-parts.ts";

/** Adds `mirror trust …`. */
export function addTrustCommands(program: Command, run: RunCommand): void {
  const trust = program.command("trust").description("who may sign what, and the root this clone trusts");
  const load = async () => await import("./commands/trust.ts");
  const merge = ["--merge", "merge it at once, where your own approval is enough"] as const;

  trust
    .command("list")
    .description("signers, roles with their thresholds, and gates")
    .addOption(json())
    .action(run(async () => (await load()).trustListCommand));
  trust
    .command("add")
    .argument("<id>", "the signer; one who is there gets another key")
    .description("propose a signer")
    .option("--ssh-key <file>", "their public key, as ssh-keygen writes it")
    .option("--openpgp-key <file>", "their public key, as gpg --export --armor writes it")
    .option("--role <role...>", "what they may approve: trust, policies, agents, memory (default: all)")
    .option("--threshold <n>", "how many signers those roles then take", signerCount)
    .option(...merge)
    .addOption(json())
    .action(run(async () => (await load()).trustAddCommand));
  trust
    .command("remove")
    .argument("<id>")
    .description("propose to take a signer out")
    .option("--key <fingerprint>", "only this key of theirs")
    .option("--threshold <n>", "how many signers the roles they had then take", signerCount)
    .option(...merge)
    .addOption(json())
    .action(run(async () => (await load()).trustRemoveCommand));
  trust
    .command("threshold")
    .argument("<role>", "trust, policies, agents, memory, or one of your own")
    .argument("[n]", "for every change", signerCount)
    .description("propose how many signers a role takes")
    .option("--widening <n>", "for a change that may permit more", signerCount)
    .option(...merge)
    .addOption(json())
    .action(run(async () => (await load()).trustThresholdCommand));
  trust
    .command("settle")
    .argument("<commit>", "the merge commit whose policy set is to hold")
    .description("say which of two approved policy sets holds, where both leave the same one")
    .option("--as <id>", "sign as this signer, where you are several")
    .addOption(json())
    .action(run(async () => (await load()).trustSettleCommand));
  trust
    .command("log")
    .description("every change of who may sign, and who approved it")
    .addOption(json())
    .action(run(async () => (await load()).trustLogCommand));
  trust
    .command("pin")
    .argument("<genesis>", "the genesis commit")
    .description("trust a policy history that was begun elsewhere")
    .option("--fingerprint <key>", "without a terminal: the owner's key fingerprint")
    .addOption(json())
    .action(run(async () => (await load()).trustPinCommand));
}
