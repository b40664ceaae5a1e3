// docs/import.md: the files on it, imported, give what it prints, and the gate then decides what it says.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

const page = readFileSync(new URL("../../docs/import.md", import.meta.url), "utf8");

/** What follows a command on the page. */
function printed(command: string): string {
  const [, after = ""] = page.split(`    $ ${command}\n`);
  return (/^(?: {4}.*\n)+/.exec(after)?.[0] ?? "").replace(/^ {4}/gm, "");
}

test("what is printed is what is there, and the gate decides so", async () => {
  const repository = boundRepository();
  const help = repository.ok("policy", "import", "--help");
  const sources = [...help.matchAll(/"([a-z]+-[a-z]+)"/g)].map(([, source]) => source);
  expect(sources).toHaveLength(3);
  for (const source of sources) expect(page).toContain(`    mirror policy import ${source} `);
  // Of a host that is not known, a deny of any host may speak.
  repository.git("remote", "add", "origin", "https://git.example/x.git");
  for (const [, text = "", name = ""] of page.matchAll(/^```(?:python|toml)\n(# (\S+)\n[\s\S]*?)^```$/gm))
    repository.write(name, text);
  const expected: Record<string, [string, string][]> = {
    "codex-rules": [
      ["git status", "allow"],
      ["git diff --stat && git status", "allow"],
      ["git push origin main", "ask"],
      ["git status && git push", "ask"],
      ["timeout 5 rm -rf build", "deny"],
      ["bash -lc 'git status'", "allow"],
      ["bash -lc 'rm -rf build'", "deny"],
      ["bash -lc 'whoami'", "ask"],
      ["echo 'two words'", "ask"],
      ["curl https://paste.example/x", "deny"],
    ],
    "gemini-toml": [
      ["git status", "allow"],
      ["git log -3; git status", "allow"],
      ["git commit -m x", "ask"],
      ["git log > kept", "ask"],
      ["cargo publish", "ask"],
      ["cargo test", "ask"],
    ],
  };
  for (const [source, cases] of Object.entries(expected)) {
    const command = `mirror policy import ${source}`;
    const shown = printed(command);
    expect(shown).not.toBe("");
    expect(
      repository
        .ok(...command.split(" ").slice(1))
        .startsWith(`${shown}\nmirror/policy/import-${source} is made`),
    ).toBe(true);
    repository.ok("policy", "merge", `import-${source}`);
    const file = join(scratchDirectory(), "coder.yaml");
    writeFileSync(file, `version: 1\nid: coder\nclients: [claude-code]\npolicies: [${source}]\n`);
    repository.ok("policy", "propose", `bind-${source}`, "--from-file", file, "--as", "agents/coder.yaml");
    repository.ok("policy", "merge", `bind-${source}`);
    const found = [];
    for (const [text] of cases) found.push([text, (await repository.bash(text)).decision]);
    expect(found).toEqual(cases);
  }
  expect((await repository.call("mcp__github__get_issue", { id: 1 })).decision).toBe("allow");
});
