import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Governed, governedRepository } from "../fixtures/governed-repository.ts";

const page = readFileSync(new URL("../../docs/verify-without-mirror.md", import.meta.url), "utf8");

/** The page's shell blocks, in order, but for those that are about the other kind of key. */
function blocks(kind: "openpgp" | "ssh"): string[] {
  return [...page.matchAll(/^```sh ?(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, only]) => only === "" || only === kind)
    .map(([, , text]) => text ?? "");
}

function runPage(repository: Governed, kind: "openpgp" | "ssh", environment: Record<string, string>): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", blocks(kind).join("\n")], {
    cwd: repository.directory,
    env: { ...repository.environment, ...environment },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the page's commands ended with ${status}:\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

function has(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

describe("docs/verify-without-mirror.md runs as it stands", () => {
  test.runIf(has("gpg"))("with OpenPGP keys", async () => {
    const repository = governedRepository();
    repository.ok("init", "--no-passphrase");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    for (const command of ["git status", "git push -f", "ls"]) await repository.bash(command);
    repository.ok("daemon", "stop");
    const gnupg = join(repository.home, ".gnupg");
    mkdirSync(gnupg, { mode: 0o700 });
    const output = runPage(repository, "openpgp", { GNUPGHOME: gnupg });
    execFileSync("gpgconf", ["--kill", "all"], { env: { ...process.env, GNUPGHOME: gnupg } });
    expect(output.match(/Good signature/g)?.length).toBeGreaterThanOrEqual(6);
    checkDigests(repository, output);
  });

  test.runIf(has("ssh-keygen"))("with SSH keys", async () => {
    const repository = governedRepository();
    const key = join(repository.home, "id_ed25519");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", key]);
    const config = join(repository.home, ".gitconfig");
    repository.git("config", "--file", config, "gpg.format", "ssh");
    repository.git("config", "--file", config, "user.signingKey", `${key}.pub`);
    const environment = { GIT_CONFIG_GLOBAL: config };
    for (const args of [["init"], ["agent", "add", "coder", "--client", "claude-code"]]) {
      const ran = repository.mirrorWith({ environment }, ...args);
      expect(ran.stderr).toBe("");
    }
    for (const command of ["git status", "git push -f", "ls"]) await repository.bash(command);
    repository.ok("daemon", "stop");
    const output = runPage(repository, "ssh", {});
    expect(output.match(/Good "git" signature/g)?.length).toBeGreaterThanOrEqual(6);
    checkDigests(repository, output);
  });
});

function checkDigests(repository: Governed, output: string): void {
  const { policy } = JSON.parse(repository.ok("status", "--json"));
  expect(output).toContain(policy.digest);
  const receipt = /^Mirror-Receipt: sha256:([0-9a-f]{64})$/m.exec(output)?.[1];
  expect(receipt).toBeDefined();
  expect(output.split(receipt ?? "-")).toHaveLength(3);
}
