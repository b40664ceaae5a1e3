// How long a person or a client waits, as ratios to `node -e 0` taken in the same run: the hook's answer with the
// daemon up and without, `mirror --version`, `mirror status`. Medians of interleaved rounds; --rounds N (default 20).
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binary = join(root, "dist", "bin", "mirror.mjs");
const roundsAt = process.argv.indexOf("--rounds");
const rounds = roundsAt < 0 ? 20 : Number(process.argv[roundsAt + 1]);
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "mirror-bench-")));
const repository = join(scratch, "repository");
const environment = {
  PATH: process.env.PATH,
  HOME: join(scratch, "home"),
  MIRROR_HOME: join(scratch, "mirror-home"),
  GIT_CONFIG_NOSYSTEM: "1",
  LC_ALL: "C",
};
mkdirSync(repository);
mkdirSync(environment.HOME);

function run(command, args, input = "") {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: repository,
    env: environment,
    input,
    encoding: "utf8",
  });
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return { milliseconds, stdout };
}
const node = (...args) => run(process.execPath, args);
const mirror = (...args) => node(binary, ...args);

function hook() {
  const settings = JSON.parse(readFileSync(join(repository, ".claude/settings.local.json"), "utf8"));
  const payload = {
    session_id: "bench",
    cwd: repository,
    hook_event_name: "PreToolUse",
    tool_name: "Bash",
    tool_input: { command: "git status --short && npm test 2>&1 | tail -5" },
    tool_use_id: "call_1",
  };
  return () => {
    const { milliseconds, stdout } = run(
      "/bin/sh",
      ["-c", settings.hooks.PreToolUse[0].hooks[0].command],
      JSON.stringify(payload),
    );
    if (!stdout.includes('"permissionDecision"')) throw new Error(`the hook answered ${stdout}`);
    return milliseconds;
  };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  run("git", ["init", "-q", "-b", "main"]);
  run("git", ["config", "user.name", "Bench"]);
  run("git", ["config", "user.email", "bench@example.com"]);
  mirror("init", "--no-passphrase");
  mirror("agent", "add", "coder", "--client", "claude-code");
  const ask = hook();
  ask();
  const measures = {
    "node -e 0": () => node("-e", "0").milliseconds,
    "hook, daemon up": ask,
    "mirror --version": () => mirror("--version").milliseconds,
    "mirror status": () => mirror("status").milliseconds,
  };
  const taken = Object.fromEntries(Object.keys(measures).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(measures)) taken[name].push(measure());
  }
  const cold = [];
  for (let round = 0; round < Math.ceil(rounds / 2); round += 1) {
    mirror("daemon", "stop");
    cold.push(ask());
  }
  taken["hook, daemon down"] = cold;
  const base = median(taken["node -e 0"]);
  console.log(`${rounds} rounds; medians, as ratios to \`node -e 0\``);
  for (const [name, times] of Object.entries(taken)) {
    const time = median(times);
    console.log(
      `${name.padEnd(20)} ${(time / base).toFixed(2).padStart(6)}x  ${time.toFixed(1).padStart(7)} ms`,
    );
  }
} finally {
  spawnSync(process.execPath, [binary, "daemon", "stop"], { cwd: repository, env: environment });
  rmSync(scratch, { recursive: true, force: true });
}
