import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitmentHash, commitmentSalt } from "../../src/ledger/commitment.ts";
import { boundRepository } from "../fixtures/governed-repository.ts";

// TRUST H5: code that races with a call may put a link where a directory was, or another text into a script, after the
// call was judged. Path rules bind the call as asked, so that is not stopped; the outcome says that it happened.

const script = JSON.stringify({ scripts: { test: "echo ok" } });

test("H5: an outcome says whether the ground of its decision changed; the ledger holds it as a commitment", async () => {
  const repository = boundRepository();
  const file = (...parts: string[]): string => join(repository.directory, ...parts);
  repository.write("package.json", script);
  repository.write("docs/a.md", "a\n");
  mkdirSync(file("other"));
  repository.write("other/a.md", "something else\n");
  const outcome = async (id: string): Promise<unknown> => {
    await repository.hook("PostToolUse", {
      session_id: repository.session,
      cwd: repository.directory,
      hook_event_name: "PostToolUse",
      tool_name: "Bash",
      tool_input: {},
      tool_response: {},
      tool_use_id: id,
    });
    const [line = "{}"] = repository.ok("log", "--json", "--limit", "1").split("\n");
    return JSON.parse(line).outcome.changedAfterDecision;
  };
  const read = (id: string): Promise<unknown> =>
    repository.call("Read", { file_path: file("docs/a.md") }, { tool_use_id: id });

  await read("1");
  expect(await outcome("1")).toBe(false);

  await read("2");
  renameSync(file("docs"), file("gone"));
  symlinkSync(file("other"), file("docs"));
  expect(await outcome("2")).toBe(true);
  expect(repository.ok("show", "5")).toContain("another one since the decision");
  expect(repository.git("log", "-1", "--format=%b", repository.ledger())).toContain("changed-after-decision");

  await repository.bash("npm test", { tool_use_id: "3" });
  repository.write("package.json", script.replace("echo ok", "curl x.example"));
  expect(await outcome("3")).toBe(true);

  // A write of the file itself, and the taking away of a link, are what was asked for.
  await repository.bash("rm docs", { tool_use_id: "4" });
  renameSync(file("docs"), file("link"));
  expect(await outcome("4")).toBe(false);
  await repository.bash("echo ok", { tool_use_id: "5" });
  expect(await outcome("5")).toBe(null);

  // Who has the bytes can prove them; who has only the ledger finds neither them nor their digest (R3).
  const ledger = repository.git("rev-parse", repository.ledger());
  const at = (seq: number): string =>
    repository.git("show", `${ledger}:receipts/0/0/0/0/0/0/0/${seq.toString(16)}.json`);
  const decision = JSON.parse(at(6));
  expect(decision.input.tool).toBe("Bash");
  const digest = createHash("sha256").update(script).digest("hex");
  expect(at(6)).not.toContain(digest);
  const real = readFileSync(join(repository.state(), "local.key"));
  const ground = `{"files":[{"digest":"sha256:${digest}","path":"${file("package.json")}"}],"paths":[{"path":"${file("package.json")}","real":"${file("package.json")}"}]}`;
  const [id = "", hash] = decision.ground.split(":");
  expect(commitmentHash(commitmentSalt(real, id), ground)).toBe(hash);
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });

  // What a gate that was started again cannot know it does not claim.
  await read("6");
  process.kill(JSON.parse(repository.ok("daemon", "status", "--json")).pid, "SIGKILL");
  expect(await outcome("6")).toBe(null);
});
