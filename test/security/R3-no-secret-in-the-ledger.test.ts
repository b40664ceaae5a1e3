// No copy without this rule is tried: redaction has vectors of its own (test/vectors/secrets.json), each of which fails
// where its pattern is missing.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LogEntry } from "../../src/app/log-entry.ts";
import { boundRepository, type Ran } from "../fixtures/governed-repository.ts";

// A secret in a tool call does not reach the ledger: not in a receipt, not in a message, not in a tree's name, not
// in the daemon's log.

const token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
const password = "correct-horse-battery-staple-9";

const contents = `# notes\nkey ${token}\nañb\n`;

describe("R3: a session with secrets", () => {
  const repository = boundRepository();
  const entries = (): LogEntry[] =>
    repository
      .ok("log", "--kind", "decision", "--json")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  /** Asks which commitments of a receipt a value is behind. */
  const prove = (seq: number, value: string): Ran =>
    repository.mirrorWith({ input: value }, "show", String(seq), "--prove");

  test("tokens, passwords and file contents stay out of every object", async () => {
    await repository.bash(`curl -H "Authorization: Bearer ${token}" https://api.example.com`);
    await repository.bash(`curl https://ada:${password}@example.com/x`);
    await repository.bash(`bash -c "mysql -u root -p${password} shop"`);
    await repository.bash(`GITHUB_TOKEN=${token} gh pr list`);
    await repository.call("Write", { file_path: join(repository.directory, "notes.txt"), content: contents });
    await repository.call("MultiEdit", {
      file_path: join(repository.directory, "notes.txt"),
      edits: [{ old_string: "notes", new_string: `pass ${password}` }],
    });
    await repository.call("NotebookEdit", {
      notebook_path: join(repository.directory, "n.ipynb"),
      new_source: `TOKEN = "${token}"`,
    });
    await repository.call("Grep", { pattern: token, path: repository.directory });
    await repository.call("WebFetch", { url: `https://example.com/?access_token=${token}`, prompt: token });
    await repository.call("Task", { subagent_type: "Explore", prompt: `use ${token}`, description: token });
    await repository.call("mcp__x__y", { password });
    await repository.call(`mcp__x__${token}`, {});
    repository.ok("daemon", "stop");
    const objects = repository.git("rev-list", "--objects", "--glob=refs/mirror/*");
    const everything = execFileSync("git", ["cat-file", "--batch"], {
      cwd: repository.directory,
      input: objects
        .split("\n")
        .map((line) => line.slice(0, 40))
        .join("\n"),
      maxBuffer: 1 << 28,
    }).toString("latin1");
    expect(everything).toContain("otherwise/mcp.call");
    expect(everything).not.toContain("# notes");
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

  test("who has a value proves that it was that one, and sees the value nowhere", () => {
    const byTool = (tool: string): LogEntry => {
      const entry = entries().find((each) => each.tool === tool);
      if (entry === undefined) throw new Error(`no call of ${tool}`);
      return entry;
    };
    const nested = entries().find(({ effects }) =>
      effects.some(({ resource }) => resource.includes("mysql")),
    );
    // Of a mark no secret is made again, whatever reads the program: the daemon does so as one-byte characters.
    const kinds = entries().map(({ removed }) => removed.map(({ kind }) => kind));
    expect(kinds.reverse().slice(0, 3)).toEqual([["github-token"], ["url-password"], ["option"]]);
    expect(nested?.removed.map(({ kind }) => kind)).toEqual(["option"]);
    const proven = prove(nested?.seq ?? -1, `${password}\n`);
    expect(proven).toMatchObject({ code: 0, stderr: "" });
    expect(proven.stdout).toContain("removed: option");
    expect(proven.stdout).not.toContain(password);
    const wrong = prove(nested?.seq ?? -1, "another-password");
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain("Not proven");

    const written = byTool("Write");
    const size = Buffer.byteLength(contents);
    expect(written.contents).toMatchObject([{ field: "content", size }]);
    expect(prove(written.seq, contents).stdout).toContain("contents: content");
    expect(byTool("MultiEdit").contents.map(({ field }) => field)).toEqual([
      "edits[0].old_string",
      "edits[0].new_string",
    ]);
    const input = { content: contents, file_path: join(repository.directory, "notes.txt") };
    expect(prove(written.seq, JSON.stringify(input, null, 2)).stdout).toContain("input");
  });

  test("what it shows is checked with the value and a digest alone", () => {
    const written = entries().find(({ tool }) => tool === "Write");
    const { stdout } = repository.mirrorWith(
      { input: contents },
      "show",
      String(written?.seq),
      "--prove",
      "--json",
    );
    const [{ commitment, salt }] = JSON.parse(stdout);
    const hash = createHash("sha256")
      .update("mirror/commitment/v1\n")
      .update(Buffer.from(salt, "hex"))
      .update(contents)
      .digest("hex");
    expect(commitment.split(":")[1]).toBe(hash);
  });
});
