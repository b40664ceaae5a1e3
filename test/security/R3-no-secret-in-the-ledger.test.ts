// No copy without this rule is tried: redaction has vectors of its own (test/analysis/redact.test.ts), each of which fails
// where its pattern is missing.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository } from "../fixtures/governed-repository.ts";

// A secret in a tool call does not reach the ledger: not in a receipt, not in a message, not in a tree's name, not
// in the daemon's log.

const token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
const password = "correct-horse-battery-staple-9";

test("R3: tokens, passwords and file contents stay out of every object", async () => {
  const repository = boundRepository();
  await repository.bash(`curl -H "Authorization: Bearer ${token}" https://api.example.com`);
  await repository.bash(`curl https://ada:${password}@example.com/x`);
  await repository.bash(`mysql -u root -p${password} shop`);
  await repository.bash(`GITHUB_TOKEN=${token} gh pr list`);
  await repository.call("Write", {
    file_path: join(repository.directory, "notes.txt"),
    content: `key ${token}\n`,
  });
  await repository.call("WebFetch", { url: `https://example.com/?access_token=${token}`, prompt: "x" });
  await repository.call("mcp__x__y", { password });
  repository.ok("daemon", "stop");
  const objects = repository.git("rev-list", "--objects", repository.ledger());
  const everything = execFileSync("git", ["cat-file", "--batch"], {
    cwd: repository.directory,
    input: objects
      .split("\n")
      .map((line) => line.slice(0, 40))
      .join("\n"),
    maxBuffer: 1 << 28,
  }).toString("latin1");
  expect(everything).toContain("otherwise/mcp.call");
  for (const secret of [token, password]) {
    expect(everything.includes(secret)).toBe(false);
    const kept = execFileSync("sh", [
      "-c",
      `grep -rlF -e '${secret}' '${repository.mirrorHome}' || true`,
    ]).toString();
    expect(kept).toBe("");
  }
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});
