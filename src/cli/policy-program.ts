import { Argument, type Command } from "commander";
import { json, type RunCommand } from "./command-parts.ts";

const branch = ["<branch>", "the branch of a proposal, or its name"] as const;
const branchOrWorkTree = [
  "[branch]",
  "the branch of a proposal, or its name; without one, .mirror/ as it stands in the work tree",
] as const;
const as = ["--as <id>", "sign as this signer, where you are several"] as const;

/** Adds `mirror policy …`. */
export function addPolicyCommands(program: Command, run: RunCommand): void {
  const policy = program.command("policy").description("changes of the policy set: propose, approve, merge");
  const load = async () => await import("./commands/policy.ts");

  // `--as` speaks of the file before it, so both go into one list in the order they stand.
  const files: { file: string; as: string | null }[] = [];
  policy
    .command("propose")
    .argument("<name>", "the branch becomes mirror/policy/<name>")
    .description(
      "propose a change on a branch of its own (without --from-file and --remove: in your editor); your work tree stays as it is",
    )
    .option("--from-file <file>", "take this file in, as policies/<its id>.yaml; repeats", (file: string) => {
      files.push({ file, as: null });
      return files;
    })
    .option("--as <path>", "where below .mirror/ the file before goes", (path: string) => {
      const last = files.at(-1);
      if (last !== undefined) last.as = path;
      return path;
    })
    .option("--remove <path...>", "take a file below .mirror/ away")
    .addOption(json())
    .action(run(async () => (await load()).policyProposeCommand));
  policy
    .command("list")
    .description("every proposal, here and on remotes, and what it waits for")
    .addOption(json())
    .action(run(async () => (await load()).policyListCommand));
  policy
    .command("show")
    .argument(...branch)
    .description("one proposal: what it changes, who approved, who is needed")
    .addOption(json())
    .action(run(async () => (await load()).policyShowCommand));
  policy
    .command("plan")
    .argument(...branchOrWorkTree)
    .description(
      "what it means: which requests it answers another way, and what the ledger's calls would come to",
    )
    .option("--all", "every call of the ledger that would come out another way")
    .option("--markdown", "for a comment on a pull request")
    .option("--exit-code", "exit with 1 unless it is proven that nothing is permitted that was not")
    .addOption(json())
    .action(run(async () => (await load()).policyPlanCommand));
  policy
    .command("lint")
    .argument(...branchOrWorkTree)
    .description("check the policy set against its schemas, and run its examples and decision tables")
    .addOption(json())
    .action(run(async () => (await load()).policyLintCommand));
  policy
    .command("test")
    .argument(...branchOrWorkTree)
    .description("check rules against their examples, and run the decision tables")
    .option("--coverage", "name the rules that no case reaches")
    .addOption(json())
    .action(run(async () => (await load()).policyTestCommand));
  policy
    .command("check")
    .description("for CI: what a change of the policy set means, and whether it will take effect")
    .requiredOption("--base <commit>", "what the change is to be merged into")
    .requiredOption("--head <commit>", "the change, or what came of merging it")
    .addOption(json())
    .action(run(async () => (await load()).policyCheckCommand));
  policy
    .command("import")
    .addArgument(
      new Argument("<from>", "what to import").choices(["claude-settings", "codex-rules", "gemini-toml"]),
    )
    .description("propose the permission rules that stand in a client's own files")
    .addOption(json())
    .action(run(async () => (await load()).policyImportCommand));
  policy
    .command("suggest")
    .description(
      "rules that would have let through what people approved in the ledger, and what else they would",
    )
    .requiredOption("--agent <id>", "whose calls to learn from, and whom the rules are for")
    .option("--out <directory>", "write the files to propose below this directory")
    .addOption(json())
    .action(run(async () => (await load()).policySuggestCommand));
  policy
    .command("receive")
    .description(
      "a server's pre-receive hook: reads the moved refs from stdin, refuses what must not be (hooks/pre-receive)",
    )
    .action(run(async () => (await load()).policyReceiveCommand));
  const warn = policy
    .command("warn")
    .description(
      "a clone's git hooks: what a push or a commit would lose, or would not bring about (hooks/)",
    );
  const loadWarn = async () => await import("./commands/policy-warn.ts");
  warn
    .command("pre-push")
    .argument("<remote>", "its name, as git gives it to the hook")
    .argument("[url]")
    .description("reads the moved refs from stdin; never fails")
    .action(run(async () => (await loadWarn()).policyWarnPushCommand));
  warn
    .command("commit-msg")
    .argument("<message>", "the file with the message")
    .argument("<tree>", "what the commit will hold, by git write-tree")
    .description("looks at a commit that is about to be made; never fails")
    .action(run(async () => (await loadWarn()).policyWarnCommitCommand));
  policy
    .command("diff")
    .argument(...branch)
    .description("the text that a proposal changes")
    .action(run(async () => (await load()).policyDiffCommand));
  policy
    .command("approve")
    .argument(...branch)
    .description("approve exactly this policy set with your key: one signed commit on the branch")
    .option(...as)
    .addOption(json())
    .action(run(async () => (await load()).policyApproveCommand));
  policy
    .command("merge")
    .argument("<branch>", "a branch that changes .mirror/ and nothing else, or its name")
    .description("merge a proposal, your own approval counted in; it holds from the next call on")
    .option(...as)
    .addOption(json())
    .action(run(async () => (await load()).policyMergeCommand));
  policy
    .command("statement")
    .argument(
      "[branch]",
      "a proposal; without one, the approved set itself, which makes earlier approvals void",
    )
    .description("the lines that approve it, for people who sign with plain git")
    .addOption(json())
    .action(run(async () => (await load()).policyStatementCommand));
  policy
    .command("log")
    .description("every policy set that held, and who approved it")
    .addOption(json())
    .action(run(async () => (await load()).policyLogCommand));
  policy
    .command("withdraw")
    .argument(...branch)
    .description("give a proposal up: its branch here is deleted")
    .addOption(json())
    .action(run(async () => (await load()).policyWithdrawCommand));
  policy
    .command("void")
    .description("make every approval void that was given and not used")
    .option(...as)
    .addOption(json())
    .action(run(async () => (await load()).policyVoidCommand));
}
