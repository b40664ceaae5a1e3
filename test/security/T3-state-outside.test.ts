import { chmodSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, governedRepository } from "../fixtures/governed-repository.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";

// TRUST T3: all that a decision reads besides git objects lies below MIRROR_HOME, where only its user may enter.

test("T3: nothing of the gate's state lies in the git directory, and all of it is the user's alone", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  const ours = readdirSync(join(repository.directory, ".git"), { recursive: true, encoding: "utf8" }).filter(
    (name) => /pin|journal|local\.key|\.pem|caches|sockets/.test(name),
  );
  expect(ours).toEqual([]);
  for (const name of [
    "keys",
    "repos",
    join("repos", readdirSync(join(repository.mirrorHome, "repos"))[0] ?? ""),
  ]) {
    expect([name, statSync(join(repository.mirrorHome, name)).mode & 0o077]).toEqual([name, 0]);
  }
  expect(existsSync(join(repository.state(), "pin.json"))).toBe(true);
});

test("T3: a state that others may enter is refused, and taken where the rule is gone", async () => {
  const attack = (binary?: string): number | null => {
    const repository = governedRepository(binary === undefined ? {} : { binary });
    repository.ok("init", "--no-passphrase");
    chmodSync(join(repository.state(), "caches"), 0o777);
    return repository.mirror("agent", "add", "coder", "--client", "claude-code").code;
  };
  expect(attack()).toBe(1);
  const without = await mirrorWithout({
    file: "src/app/home.ts",
    text: "(found.mode & 0o077) !== 0",
    by: "false",
  });
  expect(attack(without)).toBe(0);
});
