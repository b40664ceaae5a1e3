// A governed repository of a bench's own, driven through the built program as a person and a client drive it.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "./harness.mjs";

const binary = fileURLToPath(new URL("../dist/bin/mirror.mjs", import.meta.url));

/**
 * Makes a directory below TMPDIR (a real disk, where figures speak of what is durable), hands it to `use` and
 * removes it.
 */
export async function inScratch(use) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "mirror-bench-")));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes a governed repository with an agent bound, hands it to `use`, and stops its daemon. */
export async function withGoverned(use) {
  return await inScratch(async (directory) => {
    const governed = new Governed(directory);
    try {
      return await use(governed);
    } finally {
      governed.stopDaemon();
    }
  });
}

class Governed {
  #directory;
  #environment;

  constructor(top) {
    this.#directory = join(top, "repository");
    const home = join(top, "home");
    this.#environment = {
      ...cleanEnvironment(),
      HOME: home,
      MIRROR_HOME: join(top, "mirror-home"),
      GIT_CONFIG_NOSYSTEM: "1",
    };
    mkdirSync(this.#directory);
    mkdirSync(home);
    this.run("git", ["init", "-q", "-b", "main"]);
    this.run("git", ["config", "user.name", "Bench"]);
    this.run("git", ["config", "user.email", "bench@example.com"]);
    this.mirror("init", "--no-passphrase");
    this.mirror("agent", "add", "coder", "--client", "claude-code");
  }

  /** Runs a program to its end and gives its stdout. */
  run(command, args, input = "") {
    const { status, stdout, stderr, error } = spawnSync(command, args, { ...this.#options(), input });
    if (error !== undefined) throw error;
    if (status !== 0)
      throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  }

  node(...args) {
    return this.run(process.execPath, args);
  }

  mirror(...args) {
    return this.node(binary, ...args);
  }

  /** Proposes, approves and merges files of the policy set; a function makes one of what it is. */
  adopt(files) {
    const args = Object.entries(files).flatMap(([name, content]) => {
      const path = join(dirname(this.#directory), name.replaceAll("/", "-"));
      const before = () => this.run("git", ["show", `HEAD:.mirror/${name}`]);
      writeFileSync(path, typeof content === "function" ? content(before()) : content);
      return ["--from-file", path, "--as", name];
    });
    this.mirror("policy", "propose", "bench", ...args);
    this.mirror("policy", "merge", "bench");
  }

  /** Begins a session on the model bus, with keys that open nothing; gives its JSON. */
  busEnvironment() {
    this.#environment = { ...this.#environment, ANTHROPIC_API_KEY: "a-key-that-opens-nothing" };
    return this.mirror("bus", "env", "--agent", "coder", "--json");
  }

  stopDaemon() {
    spawnSync(process.execPath, [binary, "daemon", "stop"], this.#options());
  }

  /** Gives two ways to ask the gate through the hook command as it was installed: one waits, one does not. */
  hook() {
    const settings = JSON.parse(readFileSync(join(this.#directory, ".claude/settings.local.json"), "utf8"));
    const { command } = settings.hooks.PreToolUse[0].hooks[0];
    const payload = JSON.stringify({
      session_id: "bench",
      cwd: this.#directory,
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: { command: "git status --short && npm test 2>&1 | tail -5" },
      tool_use_id: "call_1",
    });
    const check = (text) => {
      if (!text.includes('"permissionDecision"')) throw new Error(`the hook answered ${text}`);
    };
    return {
      ask: () => check(this.run("/bin/sh", ["-c", command], payload)),
      askBeside: () =>
        new Promise((resolve, reject) => {
          const child = spawn("/bin/sh", ["-c", command], this.#options());
          let text = "";
          child.stdout.setEncoding("utf8");
          child.stdout.on("data", (piece) => {
            text += piece;
          });
          child.on("error", reject);
          child.on("close", () => resolve(check(text)));
          child.stdin.end(payload);
        }),
    };
  }

  #options() {
    return { cwd: this.#directory, env: this.#environment, encoding: /** @type {const} */ ("utf8") };
  }
}
