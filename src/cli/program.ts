import { Command, CommanderError, Option } from "commander";
import { packageVersion } from "../app/package-root.ts";
import { templateNames } from "../app/templates.ts";
import { clientIds } from "../model/call.ts";
import { receiptKinds } from "../model/receipt.ts";
import { riskLevels } from "../model/risk.ts";
import { json, type RunCommand, receiptNumber, riskReasonsSoFar } from "./command-parts.ts";
import { addConsentCommands } from "./consent-program.ts";
import { type Context, processContext } from "./context.ts";
import { exitCodes } from "./exit-code.ts";
import { addPolicyCommands } from "./policy-program.ts";
import { reported } from "./reported.ts";
import { addTrustCommands } from "./trust-program.ts";

/** Runs `mirror` with these arguments and gives its exit code. Errors are printed, never thrown. */
export async function runProgram(args: readonly string[]): Promise<number> {
  return await reported(() => parseAndRun(args));
}

async function parseAndRun(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = new Command("mirror")
    .description("Reviewed policy decides every tool call of an AI agent; every decision is a signed commit.")
    .version(packageVersion(), "-V, --version")
    .option("-C, --directory <dir>", "run as if started in this directory", process.cwd())
    .exitOverride()
    .showHelpAfterError("(see mirror --help)");

  /** Ties a command to its module, which is loaded only when the command runs. */
  const run: RunCommand = (load) => {
    return async (...given: unknown[]): Promise<void> => {
      // Commander hands over the positional arguments, the options, and last the command itself.
      const positional = given.slice(0, -1);
      const action = (await load()) as (context: Context, ...args: unknown[]) => Promise<number>;
      const directory = program.opts<{ directory: string }>().directory;
      exitCode = await action(processContext(directory), ...positional);
    };
  };

  program
    .command("init")
    .description("start governing this repository: keys, a first policy set, one signed commit")
    .option("--policy-branch <name>", "keep the policy set on a branch of its own (mirror/main, say)")
    .addOption(
      new Option("--template <name>", "what to begin with (default: solo)").choices([...templateNames]),
    )
    .option("--no-passphrase", "leave a newly made owner key without a passphrase")
    .option("--genesis <commit>", "in a clone: the genesis commit to trust, where there are several")
    .option(
      "--fingerprint <key>",
      "in a clone: the owner's key, as the owner told you; nothing is asked then",
    )
    .addOption(json())
    .action(run(async () => (await import("./commands/init.ts")).initCommand));

  const agent = program.command("agent").description("agents and their bindings");
  agent
    .command("add")
    .argument("<id>", "the agent's name: coder")
    .description("bind an agent and install the hook of its client")
    .addOption(
      new Option("--client <client>", "the program that hosts the model")
        .choices([...clientIds])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--scope <scope>", "which settings file gets the hook")
        .choices(["local", "project", "user"])
        .default("local"),
    )
    .option("--policy <id...>", "policies that hold for it", ["base"])
    .addOption(json())
    .action(run(async () => (await import("./commands/agent.ts")).agentAddCommand));
  agent
    .command("list")
    .description("list the agents that are bound")
    .addOption(json())
    .action(run(async () => (await import("./commands/agent.ts")).agentListCommand));
  agent
    .command("show")
    .argument("<id>")
    .description("show one binding")
    .addOption(json())
    .action(run(async () => (await import("./commands/agent.ts")).agentShowCommand));
  agent
    .command("remove")
    .argument("<id>")
    .description("remove a binding and the hooks it installed")
    .addOption(json())
    .action(run(async () => (await import("./commands/agent.ts")).agentRemoveCommand));

  program
    .command("status")
    .description("what holds in this repository, and what needs attention")
    .addOption(json())
    .action(run(async () => (await import("./commands/status.ts")).statusCommand));
  program
    .command("log")
    .description("what agents asked for and what was decided, newest first")
    .option("--agent <id>", "only this agent (with its subagents)")
    .addOption(new Option("--decision <decision>", "only these decisions").choices(["allow", "ask", "deny"]))
    .addOption(new Option("--risk <level>", "at least this risk").choices([...riskLevels]))
    .option("--tool <name>", "only this tool")
    .option("--session <id>", "only this session")
    .option("--since <time>", "not before this time (RFC 3339, or 90s, 10m, 2h, 3d ago)")
    .option("--until <time>", "not after this time")
    .addOption(new Option("--kind <kind>", "only this kind of receipt").choices([...receiptKinds]))
    .option("--limit <n>", "at most so many", "50")
    .addOption(json())
    .action(run(async () => (await import("./commands/log.ts")).logCommand));
  program
    .command("show")
    .argument("<receipt>", "its number, or the beginning of its commit id")
    .description("show one receipt")
    .option("--decrypt", "open its input with your OpenPGP key, where that is kept encrypted")
    .option("--prove", "tell which of its commitments the value on standard input is behind")
    .addOption(json())
    .action(run(async () => (await import("./commands/log.ts")).showCommand));
  program
    .command("verify")
    .description("check the ledger: chain, signatures, digests, lineage, and every decision again")
    .addOption(json())
    .action(run(async () => (await import("./commands/verify.ts")).verifyCommand));
  program
    .command("explain")
    .description("say what would be decided and why, without a receipt")
    .requiredOption("--agent <id>", "as this agent")
    .addOption(
      new Option("--client <client>", "in this client's dialect")
        .choices([...clientIds])
        .default(clientIds[0]),
    )
    .option(
      "--command <text>",
      "a shell command; without it, hook payloads are read from standard input, one a line",
    )
    .option(
      "--after <reason>",
      "with this risk reason among what the session did before: reads-secret (again for more)",
      riskReasonsSoFar,
    )
    .addOption(json())
    .action(run(async () => (await import("./commands/explain.ts")).explainCommand));
  program
    .command("lint")
    .description("check the policy set in the working tree and run its decision tables")
    .addOption(json())
    .action(run(async () => (await import("./commands/lint.ts")).lintCommand));

  program
    .command("budget")
    .description("how much of its budgets an agent has used, and when they free")
    .option("--agent <id>", "only this agent's")
    .addOption(json())
    .action(run(async () => (await import("./commands/budget.ts")).budgetCommand));

  addConsentCommands(program, run);
  addPolicyCommands(program, run);

  const gate = program.command("gate").description("the gate of this clone, and others that are enrolled");
  gate
    .command("request")
    .description("propose to enrol this clone's gate, so that others can check its receipts")
    .addOption(json())
    .action(run(async () => (await import("./commands/gate.ts")).gateRequestCommand));
  gate
    .command("revoke")
    .argument("[id]", "the gate (default: this clone's)")
    .description("propose that no further receipt of a gate counts")
    .option(
      "--last <number>",
      "the last receipt that counts (default: the newest that is here)",
      receiptNumber,
    )
    .option("--merge", "merge it at once, where your own approval is enough")
    .addOption(json())
    .action(run(async () => (await import("./commands/gate.ts")).gateRevokeCommand));

  addTrustCommands(program, run);
  program
    .command("repair")
    .description("bring the ledger's ref and its pin together again; no receipt is dropped")
    .addOption(json())
    .action(run(async () => (await import("./commands/trust.ts")).repairCommand));

  program
    .command("doctor")
    .description("try the installed hooks with a forbidden call, and find what is broken and what mends it")
    .addOption(json())
    .action(run(async () => (await import("./commands/doctor.ts")).doctorCommand));

  program
    .command("uninstall")
    .description("take mirror's hooks and state back from this repository; ledger, policy and keys stay")
    .option(
      "--purge",
      "remove the keys of this repository's gate as well, and ask for a key mirror made for you",
    )
    .option("--yes", "with --purge: without asking")
    .addOption(json())
    .action(run(async () => (await import("./commands/uninstall.ts")).uninstallCommand));

  const bus = program
    .command("bus")
    .description("the model bus: agents' model calls, metered, priced and held to budgets");
  bus
    .command("start")
    .description("start it with the keys in your environment, or those that your bus.yaml names programs for")
    .addOption(json())
    .action(run(async () => (await import("./commands/bus.ts")).busStartCommand));
  bus
    .command("env")
    .description("begin a session of an agent; prints what points its client at the bus, for `eval`")
    .requiredOption("--agent <id>", "the agent that calls")
    .addOption(json())
    .action(run(async () => (await import("./commands/bus.ts")).busEnvCommand));
  bus
    .command("status")
    .description("where it listens, for which APIs it holds a key, and whose sessions are open")
    .addOption(json())
    .action(run(async () => (await import("./commands/bus.ts")).busStatusCommand));
  bus
    .command("stop")
    .description("end every session and forget the keys")
    .addOption(json())
    .action(run(async () => (await import("./commands/bus.ts")).busStopCommand));

  const daemon = program.command("daemon").description("the process that answers hooks; it starts by itself");
  for (const what of ["start", "stop", "status"] as const) {
    daemon
      .command(what)
      .addOption(json())
      .action(run(async () => (await import("./commands/daemon.ts")).daemonCommands[what]));
  }

  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed its own message; help and version are no errors.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
}
