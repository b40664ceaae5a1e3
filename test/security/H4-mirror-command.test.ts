import { describe, expect, test } from "vitest";
import { verdictOf } from "../fixtures/shell-verdict.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// H4, and issue 2 item 7: what guards the guard is denied whatever a policy says. The policy here allows all there is.
test("H4: where the built-in rule is gone, a policy can let an agent approve its own change", async () => {
  const without = await moduleWithout<{ readonly verdictOf: typeof verdictOf }>(
    "test/fixtures/shell-verdict.ts",
    {
      file: "src/policy/compile.ts",
      text: "builtinRules.map((rule)",
      by: 'builtinRules.filter(({ id }) => id !== "mirror-command").map((rule)',
    },
  );
  for (const command of ["mirror policy approve x", "mirror policy merge x", "mirror trust pin x"]) {
    expect([verdictOf(command), without.verdictOf(command)]).toEqual(["deny", "allow"]);
  }
});

describe("a call of mirror is denied in every spelling", () => {
  test.each([
    "mirror init",
    "mirror",
    "mirror policy approve x",
    "mirror policy merge x",
    "mirror agent add other --client claude-code",
    "mirror trust pin x --fingerprint y",
    "mirror daemon stop",
    "mirror doctor",
    "mirror repair --json",
    "mirror uninstall",
    "mirror uninstall --purge",
    '"mir"ror init',
    "\\mirror init",
    "mi''rror init",
    "$'\\x6dirror' init",
    "m=mirror; $m init",
    "command mirror init",
    "env A=1 mirror init",
    "exec mirror init",
    "nohup mirror init &",
    "timeout 5 mirror init",
    "bash -c 'mirror init'",
    "eval mirror init",
    "eval 'mirror' init",
    "echo init | xargs mirror",
    "find . -name x -exec mirror init \\;",
    "(mirror init)",
    "true && mirror init",
    "echo $(mirror init)",
    "cat <(mirror init)",
    "f() { mirror init; }; f",
    "/usr/local/bin/mirror init",
    "./node_modules/.bin/mirror init",
    "MIRROR init",
    "npx mirror init",
    "npx @mirroros/mirror init",
    "npm exec -- mirror init",
    "node dist/bin/mirror.mjs init",
    "sudo mirror init",
    "mirror status; mirror init",
    "mirror --home /tmp status",
    "mirror-hook claude-code coder < payload.json",
  ])("%s", (command) => {
    expect(verdictOf(command)).toBe("deny");
  });

  test.each([
    "mirror status",
    "mirror log -n 3",
    "mirror show 4",
    "mirror verify --json",
    "mirror policy plan x",
  ])("but not %s", (command) => {
    expect(verdictOf(command)).toBe("allow");
  });

  test.each(['"$cmd" init', "$(echo mirror) init"])("what may be one asks at least: %s", (command) => {
    expect(verdictOf(command)).not.toBe("allow");
  });
});

describe("what guards the guard is denied in every spelling", () => {
  test.each([
    "echo x > .mirror/policies/base.yaml",
    "cd .mirror && echo x > mirror.yaml",
    "sed -i s/deny/allow/ .mirror/policies/base.yaml",
    "tee -a .mirror/mirror.yaml < x",
    "rm -rf .mirror",
    "rm -rf .m*",
    "rm -r ./.mirror/../.mirror",
    "mv .mirror old",
    "cp evil.yaml .mirror/policies/",
    "ln -sf /tmp/x .mirror/mirror.yaml",
    "git -C .mirror rm mirror.yaml && rm .mirror/mirror.yaml",
    "echo '{}' > .claude/settings.json",
    "cp x .claude/settings.local.json",
    "rm -rf .claude",
    "mv .claude/settings.json /tmp/",
    "echo x > ~/.claude/settings.json",
    'echo x > "$HOME/.claude/settings.json"',
    "install -m 644 x .git/hooks/pre-commit",
    "echo x > .git/hooks/post-checkout",
    "chmod +x .git/hooks/pre-commit",
    "printf x >> .git/config",
    "git config core.hooksPath /tmp/h",
    "git config --global alias.x '!sh'",
    "git update-ref refs/mirror/ledger/g HEAD",
    "git update-ref -d refs/mirror/ledger/g",
    "git push origin :refs/mirror/ledger/g",
    "git push origin +refs/heads/x:refs/mirror/ledger/g",
    "git push --mirror",
    "rm -rf .git/refs/mirror",
    "rm -rf .git",
    "cat ~/.local/state/mirror/keys/gate.pem",
    "cp -r ~/.local/state/mirror/keys /tmp",
    "rm -rf ~/.local/state/mirror",
    "dd if=/dev/zero of=.mirror/mirror.yaml",
    "pkill -f mirror",
    "claude -p --dangerously-skip-permissions hi",
  ])("%s", (command) => {
    expect(verdictOf(command)).toBe("deny");
  });

  test.each(['echo x > "$f"', 'rm -rf "$d"', 'echo x > "$d/settings.json"', "tar xf x.tar", "cp -r x/. ."])(
    "what may be one asks at least: %s",
    (command) => {
      expect(verdictOf(command)).not.toBe("allow");
    },
  );
});
