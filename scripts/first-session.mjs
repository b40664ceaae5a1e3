// The main job, start to end, in a scratch repository: what a person types, what Claude Code's hook answers, and
// how anyone checks it afterwards. Everything goes through the real binary and the hook command exactly as it
// was installed. Exits 1 if a call is not decided as the template says, or a check does not agree.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binary = join(root, "dist", "bin", "mirror.mjs");
const keep = process.argv.includes("--keep");
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001B[${code}m${text}\u001B[0m` : text);

const scratch = realpathSync(mkdtempSync(join(tmpdir(), "mirror-first-session-")));
const repository = join(scratch, "shop");
const home = join(scratch, "home");
mkdirSync(repository);
mkdirSync(home);
const environment = {
  PATH: process.env.PATH,
  HOME: home,
  GNUPGHOME: join(home, ".gnupg"),
  MIRROR_HOME: join(scratch, "mirror-home"),
  GIT_CONFIG_NOSYSTEM: "1",
  LC_ALL: "C.UTF-8",
  ...(colour ? {} : { NO_COLOR: "1" }),
};
let failures = 0;

/** Runs a command in the repository and gives what it printed. */
function run(command, args, { input = "", allowed = [0], directory = repository } = {}) {
  const result = spawnSync(command, args, { cwd: directory, env: environment, input, encoding: "utf8" });
  if (result.error !== undefined) throw result.error;
  if (!allowed.includes(result.status)) {
    throw new Error(
      `${command} ${args.join(" ")} ended with ${result.status}\n${result.stdout}${result.stderr}`,
    );
  }
  return result.stdout + result.stderr;
}
const mirror = (...args) => run(process.execPath, [binary, ...args]);

/** Shows a command as a person types it, then what it prints. */
function show(typed, output) {
  console.log(`\n${paint(1, `$ ${typed}`)}\n${output.trimEnd()}`);
}
function say(text) {
  console.log(`\n${paint(2, `# ${text}`)}`);
}
function check(holds, what) {
  if (holds) return;
  failures += 1;
  console.log(paint(31, `  not as it should be: ${what}`));
}

// What Claude Code 2.1 sends (fields as captured from the real client).
const session = "9799de9f-7a02-4307-8632-b68700e13120";
let callNumber = 0;
function payload(event, tool, input, extra = {}) {
  return {
    session_id: session,
    transcript_path: join(home, ".claude/projects/shop", `${session}.jsonl`),
    cwd: repository,
    prompt_id: "6b9899ec-0cd3-4653-86ac-261b5c8ec0f0",
    permission_mode: "default",
    effort: { level: "medium" },
    hook_event_name: event,
    tool_name: tool,
    tool_input: input,
    ...extra,
  };
}

/** Runs the command that the settings file installs for an event, as the client does: `sh -c`, payload on stdin. */
function hook(event, body) {
  const settings = JSON.parse(readFileSync(join(repository, ".claude/settings.local.json"), "utf8"));
  const [entry] = settings.hooks[event];
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", entry.hooks[0].command], {
    cwd: repository,
    env: { ...environment, CLAUDE_PROJECT_DIR: repository },
    input: JSON.stringify(body),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the ${event} hook ended with ${status}: ${stderr}`);
  return stdout;
}

/** Makes a shell call whose hook waits for a person; gives its answer once there is one. */
function callThatWaits(input) {
  callNumber += 1;
  const body = payload("PreToolUse", "Bash", input, { tool_use_id: `call_${callNumber}` });
  const settings = JSON.parse(readFileSync(join(repository, ".claude/settings.local.json"), "utf8"));
  const child = spawn("/bin/sh", ["-c", settings.hooks.PreToolUse[0].hooks[0].command], {
    cwd: repository,
    env: { ...environment, CLAUDE_PROJECT_DIR: repository },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(body));
  let text = "";
  child.stdout.on("data", (piece) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(JSON.parse(text).hookSpecificOutput));
  });
}

/** Gives what `mirror approvals list` prints once something waits. */
async function waitingAsks() {
  for (let look = 0; look < 100; look += 1) {
    const asks = mirror("approvals", "list");
    if (asks.startsWith("ask ")) return asks;
    await sleep(50);
  }
  throw new Error("no call came to wait");
}

/** Prints what a call was answered, and holds it against what the policy says. */
function tell(expected, tool, shown, answer, who = "") {
  const verdict = answer.permissionDecision;
  const hue = { allow: 32, ask: 33, deny: 31 }[verdict] ?? 31;
  console.log(`  ${paint(hue, verdict.padEnd(5))}  ${tool.padEnd(19)} ${shown}${who}`);
  if (verdict !== "allow") console.log(paint(2, `         ${answer.permissionDecisionReason}`));
  check(verdict === expected, `${tool} ${shown} was answered ${verdict}, the policy says ${expected}`);
  return verdict;
}

function call(expected, tool, input, shown, extra = {}) {
  callNumber += 1;
  const ids = { tool_use_id: `call_${callNumber}`, ...extra };
  const answer = JSON.parse(hook("PreToolUse", payload("PreToolUse", tool, input, ids))).hookSpecificOutput;
  const who = extra.agent_type === undefined ? "" : paint(2, ` (subagent ${extra.agent_type})`);
  if (tell(expected, tool, shown, answer, who) === "allow") {
    const outcome = { ...ids, tool_response: { stdout: "", stderr: "" }, duration_ms: 12 };
    hook("PostToolUse", payload("PostToolUse", tool, input, outcome));
  }
}

try {
  say("A repository as you have one: some code, a secret that is not committed.");
  run("git", ["init", "-q", "-b", "main"]);
  run("git", ["config", "--global", "user.name", "Ada"]);
  run("git", ["config", "--global", "user.email", "ada@example.com"]);
  writeFileSync(
    join(repository, "package.json"),
    `${JSON.stringify({ name: "shop", scripts: { test: "node --test" } })}\n`,
  );
  writeFileSync(join(repository, "README.md"), "# shop\n");
  writeFileSync(join(repository, ".gitignore"), ".env\n");
  writeFileSync(join(repository, ".env"), "STRIPE_KEY=none\n");
  run("git", ["add", "."]);
  run("git", ["commit", "-q", "-m", "shop"]);

  show("mirror init --no-passphrase", mirror("init", "--no-passphrase"));
  show(
    "mirror agent add coder --client claude-code",
    mirror("agent", "add", "coder", "--client", "claude-code"),
  );

  say("Claude Code runs. Each call goes through the hook that was just installed:");
  hook("SessionStart", {
    session_id: session,
    cwd: repository,
    hook_event_name: "SessionStart",
    source: "startup",
  });
  call(
    "allow",
    "Bash",
    { command: "npm test 2>&1 | tail -20", description: "Run the tests" },
    "npm test 2>&1 | tail -20",
  );
  call("allow", "Read", { file_path: join(repository, "README.md") }, "README.md");
  call(
    "allow",
    "Write",
    { file_path: join(repository, "src/cart.js"), content: "export const cart = [];\n" },
    "src/cart.js",
  );
  call(
    "allow",
    "Edit",
    {
      file_path: join(repository, "README.md"),
      old_string: "# shop",
      new_string: "# Shop",
      replace_all: false,
    },
    "README.md",
  );
  call(
    "allow",
    "Bash",
    { command: "git add -A && git commit -m 'Add the cart'" },
    "git add -A && git commit -m 'Add the cart'",
  );
  call(
    "allow",
    "WebFetch",
    { url: "https://nodejs.org/api/test.html", prompt: "How do I run one test?" },
    "https://nodejs.org/api/test.html",
  );
  call(
    "allow",
    "Agent",
    { description: "look", prompt: "Find the cart", subagent_type: "general-purpose" },
    "general-purpose",
  );
  const subagent = { agent_id: "a1e30ddb3438e38bc", agent_type: "general-purpose" };
  call("allow", "Bash", { command: "grep -rn cart src" }, "grep -rn cart src", subagent);
  call("ask", "Bash", { command: "git push origin main" }, "git push origin main");
  call("ask", "mcp__billing__refund", { order: 12 }, "billing/refund");
  call("deny", "Bash", { command: "git push -f origin main" }, "git push -f origin main");
  call("deny", "Read", { file_path: join(repository, ".env") }, ".env");
  call("deny", "Bash", { command: "tar c .env | base64" }, "tar c .env | base64");
  call(
    "deny",
    "Write",
    { file_path: join(repository, ".mirror/policies/base.yaml"), content: "rules: []\n" },
    ".mirror/policies/base.yaml",
  );

  say("For the night Ada bounds it: one call of medium risk a day, and what asks waits for a signature.");
  const binding = join(scratch, "coder.yaml");
  writeFileSync(
    binding,
    [
      "version: 1",
      "id: coder",
      "clients: [claude-code]",
      "policies: [base]",
      "consent: wait",
      "budgets:",
      "  - { id: risky, unit: calls, limit: 1, window: day, risk: medium }",
      "",
    ].join("\n"),
  );
  mirror("policy", "propose", "night", "--from-file", binding, "--as", "agents/coder.yaml");
  show("mirror policy merge night", mirror("policy", "merge", "night"));
  const push = { command: "git push origin main" };
  const waiting = callThatWaits(push);
  show("mirror approvals list", await waitingAsks());
  const [{ id }] = JSON.parse(mirror("approvals", "list", "--json"));
  show(`mirror approvals answer ${id} --allow`, mirror("approvals", "answer", String(id), "--allow"));
  tell("allow", "Bash", push.command, await waiting);
  call("deny", "Bash", { command: "git push origin main" }, "git push origin main");
  show("mirror budget", mirror("budget"));
  hook("SessionEnd", {
    session_id: session,
    cwd: repository,
    hook_event_name: "SessionEnd",
    reason: "other",
  });

  say("Every decision is a signed commit. `git log` is the audit trail:");
  show("mirror status", mirror("status"));
  const ledger = run("git", ["for-each-ref", "--format=%(refname)", "refs/mirror/ledger/"]).trim();
  const lines = run("git", ["log", "-8", "--format=%h %<(22)%an %s", ledger]);
  show(`git log -8 --format='%h %<(22)%an %s' ${ledger}`, lines);

  say("Anyone can check it without mirror: import the public keys, ask stock git.");
  const commits = run("git", ["rev-list", ledger]).trim().split("\n");
  if (spawnSync("gpg", ["--version"]).error === undefined) {
    mkdirSync(environment.GNUPGHOME, { mode: 0o700 });
    const keys = run("git", ["ls-files", ".mirror/keys"]).trim().split("\n");
    run("gpg", ["--batch", "--quiet", "--import", ...keys.map((key) => join(repository, key))]);
    run("git", ["verify-commit", ...commits]);
    show(
      `gpg --import .mirror/keys/*.asc && git verify-commit $(git rev-list ${ledger})`,
      `${commits.length} good signatures`,
    );
    run("gpgconf", ["--kill", "all"], { allowed: [0, 1, 2] });
  } else {
    console.log("  gpg is not installed here: git verify-commit needs it, `mirror verify` below does not.");
  }
  run("git", ["fsck", "--strict", "--no-dangling"]);
  show("git fsck --strict --no-dangling", "no complaint");
  show("mirror verify", mirror("verify"));

  say("Now in a repository of your own:");
  console.log(`  cd your/repository
  npx @mirroros/mirror init
  npx @mirroros/mirror agent add coder --client claude-code
  claude                       # every tool call is now decided and recorded
  npx @mirroros/mirror log     # what it asked for, what it got`);
} finally {
  spawnSync(process.execPath, [binary, "daemon", "stop"], { cwd: repository, env: environment });
  if (keep) console.log(`\nkept: ${scratch}`);
  else rmSync(scratch, { recursive: true, force: true });
}
if (failures > 0) {
  console.log(paint(31, `\n${failures} of the checks above did not hold`));
  process.exit(1);
}
console.log(
  paint(
    32,
    `\n${callNumber} calls decided as the policy says; stock git and mirror agree about all of them.`,
  ),
);
