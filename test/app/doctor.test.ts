import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { Findings } from "../../src/app/doctor/finding.ts";
import { checkSettings } from "../../src/app/doctor/settings-check.ts";
import type { SettingsRead } from "../../src/app/doctor/settings-files.ts";
import { dialect } from "../../src/clients/dialect.ts";
import {
  begin,
  boundRepository,
  type Governed,
  governedRepository,
} from "../fixtures/governed-repository.ts";

interface Found {
  readonly level: string;
  readonly about: string;
  readonly found: string;
  readonly mend: string;
}

interface Report {
  readonly code: number | null;
  readonly probes: readonly { outcome: string; agent: string; receipt: number | null; said: string }[];
  readonly clients: readonly { version: string | null; failsClosed: boolean | null }[];
  readonly problems: readonly Found[];
  readonly warnings: readonly Found[];
}

function doctor(repository: Governed, environment: Record<string, string> = {}): Report {
  const { code, stdout } = repository.mirrorWith({ environment }, "doctor", "--json");
  const { findings, ...rest } = JSON.parse(stdout);
  const of = (level: string): Found[] => findings.filter((each: Found) => each.level === level);
  return { code, ...rest, problems: of("problem"), warnings: of("warning") };
}

/** A bound repository whose PATH has a `claude` of that version first. */
function withClient(version: string): Governed & { readonly path: { PATH: string } } {
  const repository = boundRepository();
  const bin = join(dirname(repository.directory), "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "claude"), `#!/bin/sh\necho "${version} (Claude Code)"\n`, { mode: 0o755 });
  return { ...repository, path: { PATH: `${bin}:${repository.environment["PATH"]}` } };
}

function settingsFile({ directory }: Governed): string {
  return join(directory, ".claude/settings.local.json");
}

describe("mirror doctor", () => {
  test("fires a forbidden call through the installed hook, and shows it refused with its receipt", () => {
    const repository = withClient("2.1.330");
    const report = doctor(repository, repository.path);
    expect(report.code).toBe(0);
    expect(report.problems).toEqual([]);
    expect(report.probes).toMatchObject([{ outcome: "refused", agent: "coder" }]);
    expect(report.clients).toMatchObject([{ version: "2.1.330", failsClosed: true }]);
    const seq = String(report.probes[0]?.receipt);
    expect(JSON.parse(repository.ok("show", seq, "--json"))).toMatchObject({
      kind: "decision",
      decision: "deny",
      session: "mirror-doctor",
    });
    // The key that init made without a passphrase is said to be one.
    expect(report.warnings).toMatchObject([
      { about: "keys", found: expect.stringContaining("no passphrase") },
    ]);
    const page = repository.mirrorWith({ environment: repository.path }, "doctor");
    expect(page.code).toBe(0);
    expect(page.stdout).toMatch(/^ok {2}hook {4}a forbidden call as coder was refused \(mirror show \d+\)/);
    expect(page.stdout).toContain("\n\n1 warning; ");
    expect(repository.git("status", "--porcelain")).toBe("");
  });

  test("finds what is wrong with the settings, in every work tree, and the command it names mends it", () => {
    const repository = withClient("2.1.197");
    repository.git("worktree", "add", "-q", "-b", "topic", join(repository.directory, "../linked"));
    repository.git("config", "gpg.program", "/tmp/evil");
    const settings = JSON.parse(readFileSync(settingsFile(repository), "utf8"));
    settings.hooks.PreToolUse[0].matcher = "Bash";
    delete settings.hooks.PreToolUse[0].hooks[0].onFailure;
    delete settings.hooks.PostToolUse;
    settings.env = { LD_PRELOAD: "/tmp/evil.so" };
    writeFileSync(settingsFile(repository), JSON.stringify(settings));
    const report = doctor(repository, repository.path);
    expect(report.code).toBe(1);
    expect(report.problems.map(({ found }) => found)).toEqual([
      expect.stringMatching(/PreToolUse hook of coder is narrowed to the tools `Bash` and lacks onFailure/),
      expect.stringMatching(/linked has no hooks of coder/),
      expect.stringMatching(/bin\/claude says it is version `2\.1\.197`, expected 2\.1\.295 or newer/),
    ]);
    expect(report.warnings.map(({ found }) => found)).toEqual([
      expect.stringContaining("LD_PRELOAD"),
      expect.stringContaining("PostToolUse hook of coder is missing"),
      expect.stringContaining("no passphrase"),
      expect.stringContaining("gpg.program"),
    ]);
    expect(report.problems[0]?.mend).toBe("mirror agent add coder --client claude-code");
    repository.ok(...(report.problems[0]?.mend ?? "").split(" ").slice(1));
    repository.git("config", "--local", "--unset-all", "gpg.program");
    expect(doctor(repository).problems).toEqual([]);
  });

  test("an answer that is no deny, or none, is a finding", () => {
    const repository = boundRepository();
    const answer = (command: string): Report => {
      const settings = JSON.parse(readFileSync(settingsFile(repository), "utf8"));
      settings.hooks.PreToolUse[0].hooks[0].command = command;
      writeFileSync(settingsFile(repository), JSON.stringify(settings));
      return doctor(repository);
    };
    const allow = '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}';
    for (const command of [
      `echo '${allow}' # mirror-hook claude-code coder `,
      "true # mirror-hook claude-code coder ",
      "exit 1 # mirror-hook claude-code coder ",
    ]) {
      const report = answer(command);
      expect([command, report.code, report.probes[0]?.outcome]).toEqual([command, 1, "not-refused"]);
      expect(report.problems.map(({ found }) => found).join()).toMatch(/another command.*was not refused/);
    }
    expect(answer("exit 2 # mirror-hook claude-code coder ").probes[0]?.outcome).toBe("denied-by-failure");
  });

  test("works with the daemon dead and a ledger that cannot be opened, and names what mends that", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    const head = repository.git("rev-parse", repository.ledger());
    const ledger = repository.ledger();
    repository.git("update-ref", "-d", ledger);
    const gone = doctor(repository);
    expect(gone.probes).toMatchObject([{ outcome: "denied-by-failure", receipt: null }]);
    expect(gone.problems).toMatchObject([
      { about: "hooks", mend: "mirror repair" },
      { about: "ledger", found: expect.stringContaining("is gone"), mend: "mirror repair" },
    ]);
    repository.git("update-ref", ledger, head);
    const pin = join(repository.state(), "pin.json");
    writeFileSync(pin, "{");
    expect(doctor(repository).problems).toMatchObject([
      { about: "hooks" },
      { about: "ledger", found: expect.stringContaining("is damaged"), mend: "mirror repair" },
    ]);
    rmSync(pin);
    expect(doctor(repository).problems).toMatchObject([
      { about: "hooks", mend: "mirror repair" },
      { about: "ledger", found: expect.stringContaining("is gone"), mend: "mirror repair" },
    ]);
  });

  test("finds a gate key that is gone, another one, and what is open to others", () => {
    const repository = boundRepository();
    const { gate } = JSON.parse(repository.ok("status", "--json"));
    const keys = join(repository.mirrorHome, "keys");
    const pem = join(keys, `${gate}.pem`);
    renameSync(pem, `${pem}.away`);
    chmodSync(join(repository.mirrorHome, "repos"), 0o755);
    rmSync(join(repository.mirrorHome, "bin/mirror-hook"));
    const report = doctor(repository);
    expect(report.problems.map(({ about, found }) => `${about}: ${found}`)).toEqual([
      expect.stringMatching(/^home: .*repos has mode 755, expected 700/),
      expect.stringMatching(/^keys: the key of the gate .* is gone/),
      expect.stringMatching(/^hooks: the hook's program .*mirror-hook is gone/),
      expect.stringMatching(/^hooks: every call through the hook .* is refused/),
    ]);
    expect(report.problems[0]?.mend).toBe(`chmod 700 ${join(repository.mirrorHome, "repos")}`);
    // Another gate's pair under this gate's name.
    const other = begin(governedRepository());
    const theirs = JSON.parse(other.ok("status", "--json")).gate;
    for (const extension of [".pem", ".asc"]) {
      const bytes = readFileSync(join(other.mirrorHome, "keys", theirs + extension));
      writeFileSync(join(keys, gate + extension), bytes, { mode: 0o600 });
    }
    expect(doctor(repository).problems.map(({ found }) => found)).toContainEqual(
      expect.stringMatching(/the gate's key is [0-9A-F]{40}, but trust\.yaml names [0-9A-F]{40}/),
    );
  });

  test("finds a clock behind the newest receipt", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    // A commit of tomorrow on HEAD, in another encoding; and, as seen from a clock of yesterday, a receipt of tomorrow.
    const tomorrow = String(Math.floor(Date.now() / 1_000) + 86_400);
    repository.gitWith(
      { environment: { GIT_COMMITTER_DATE: `${tomorrow} +0000` } },
      "-c",
      "i18n.commitEncoding=ISO-8859-1",
      "commit",
      "-q",
      "--allow-empty",
      "-m",
      "from the future",
    );
    expect(doctor(repository).warnings.map(({ found }) => found)).toContainEqual(
      expect.stringMatching(/^commit [0-9a-f]{12} is of .*, in the future$/),
    );
    const clock = join(dirname(repository.directory), "clock.mjs");
    writeFileSync(clock, "const now = Date.now; Date.now = () => now() - 86_400_000;\n");
    const behind = doctor(repository, { NODE_OPTIONS: `--import ${clock}` });
    expect(behind.warnings.map(({ found }) => found)).toContainEqual(
      expect.stringMatching(/^the clock says .*, but the newest receipt is of /),
    );
  });

  test("a repository that is not governed is one problem; no state, no crash", () => {
    const repository = governedRepository();
    const report = doctor(repository);
    expect([report.code, report.problems.length, report.problems[0]?.mend]).toEqual([1, 1, "mirror init"]);
    repository.ok("init", "--no-passphrase");
    writeFileSync(join(repository.state(), "repository.json"), "{}");
    expect(doctor(repository).problems).toMatchObject([{ found: expect.stringContaining("is damaged") }]);
    expect(existsSync(join(repository.directory, ".claude"))).toBe(false);
  });
});

describe("settings in every scope", () => {
  const expected = (agent: string, scope: string, event: string): string =>
    `/bin/sh '/m/bin/mirror-hook' claude-code ${agent} '/m/${scope}' ${event}`;
  const speak = dialect("claude-code");
  const settings = (
    scope: "local" | "project" | "user" | "managed",
    { agent = "coder", ...rest }: { agent?: string | null; disabled?: boolean; managedOnly?: boolean } = {},
  ): SettingsRead => ({
    file: `/${scope}.json`,
    scope,
    workTree: scope === "local" || scope === "project" ? "/w" : null,
    disabled: false,
    managedOnly: false,
    steering: [],
    hooks:
      agent === null
        ? []
        : speak.events.map((event) => ({
            event,
            command: expected(agent, scope === "managed" ? "user" : scope, event),
            matcher: null,
            type: "command",
            timeout: 400,
            onFailure: "block",
          })),
    ...rest,
  });
  const found = (...read: SettingsRead[]): string[] => {
    const findings = new Findings();
    checkSettings(
      { dialect: speak, settings: read, workTrees: ["/w"], agents: ["coder"], expected },
      findings,
    );
    return findings.list.map(({ level, found }) => `${level}: ${found}`);
  };

  test.each(["local", "project", "user", "managed"] as const)("hooks in scope %s alone are well", (scope) => {
    expect(found(settings(scope))).toEqual([]);
  });

  test.each(["local", "project", "user", "managed"] as const)(
    "disableAllHooks in scope %s is a problem",
    (scope) => {
      const own = scope === "local" ? [] : [settings("local")];
      const read = settings(scope, { disabled: true, ...(scope === "local" ? {} : { agent: null }) });
      expect(found(read, ...own)).toEqual([
        `problem: /${scope}.json switches every hook off (disableAllHooks)`,
      ]);
    },
  );

  test("allowManagedHooksOnly shadows our hooks, unless they are the managed ones", () => {
    const only = { managedOnly: true };
    expect(found(settings("managed", { ...only, agent: null }), settings("local"))).toEqual([
      expect.stringMatching(/^problem: \/managed\.json lets only its own hooks run/),
    ]);
    expect(found(settings("managed", only))).toEqual([]);
    // Anywhere else that key means nothing.
    expect(found(settings("local", only))).toEqual([]);
  });

  test("no hooks at all, those of somebody else, and two that run together", () => {
    expect(found()).toEqual(["problem: no settings file of claude-code carries the hooks of coder"]);
    expect(found(settings("local", { agent: "other" }))).toEqual([
      "problem: /local.json has hooks of other, who is not bound",
      "warning: no settings file of claude-code carries the hooks of coder",
    ]);
    expect(found(settings("user"), settings("local"))).toEqual([
      "warning: in /w hooks run from /user.json and /local.json",
    ]);
  });
});
