import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed, type Verdict } from "../fixtures/governed-repository.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";

// TRUST H5: what mirror read in a script says nothing while another call may be writing that script. An agent that
// makes both calls at once has the harmless script judged and the other one run.

const harmless = JSON.stringify({ scripts: { test: "echo ok" } });
const scripts = { "package.json": harmless, Makefile: "all:\n\techo ok\n", "go.sh": "echo ok\n" };

function repositoryWithScripts(binary?: string): Governed {
  const repository = boundRepository(binary === undefined ? {} : { binary });
  for (const [file, text] of Object.entries(scripts)) repository.write(file, text);
  return repository;
}

/** Makes calls with ids of their own, so that each can have its outcome. */
function calls(repository: Governed): {
  bash(id: string, command: string): Promise<Verdict>;
  write(id: string, file: string): Promise<Verdict>;
  done(id: string, event?: string): Promise<unknown>;
} {
  const file = (path: string): string => join(repository.directory, path);
  return {
    bash: (id, command) => repository.bash(command, { tool_use_id: id }),
    write: (id, path) =>
      repository.call("Write", { file_path: file(path), content: "{}" }, { tool_use_id: id }),
    done: (id, event = "PostToolUse") =>
      repository.hook(event, {
        session_id: repository.session,
        cwd: repository.directory,
        hook_event_name: event,
        tool_name: "Write",
        tool_input: {},
        tool_response: {},
        error: "no",
        tool_use_id: id,
      }),
  };
}

test("H5: a script is asked about while another call may change it, and only then", async () => {
  const repository = repositoryWithScripts();
  const { bash, write, done } = calls(repository);
  expect((await bash("1", "npm test")).decision).toBe("allow");

  expect((await write("2", "package.json")).decision).toBe("allow");
  const asked = await bash("3", "npm test");
  expect(asked.decision).toBe("ask");
  expect(asked.reason).toContain("may still change `package.json`");
  expect(asked.reason).toContain("gate/script-may-change");
  expect((await bash("4", "bash go.sh")).decision).toBe("allow");
  // Nothing of it is remembered: once the write is done, however it went, the script is what it is.
  await done("2", "PostToolUseFailure");
  expect((await bash("5", "npm test")).decision).toBe("allow");

  // A call that was asked about may have been approved in the client; one that was denied does not run.
  expect((await bash("6", "npx generate > Makefile")).decision).toBe("ask");
  expect((await bash("7", "make")).decision).toBe("ask");
  await done("6");
  expect((await bash("8", "git push --force origin main > Makefile")).decision).toBe("deny");
  expect((await bash("9", "make")).decision).toBe("allow");

  // However the file is named: by a pattern, with its directory, through a link, or where it is not there yet.
  mkdirSync(join(repository.directory, "sub"));
  symlinkSync(repository.directory, join(repository.directory, "sub/link"));
  const ways: readonly [string, string][] = [
    ["rm -f *.sh", "bash go.sh"],
    ["cp sub/x sub/link/go.sh", ". ./go.sh"],
    ["mv sub/go.sh .", "./go.sh"],
    ["echo > sub/package.json", "cd sub && npm test"],
    ["touch GNUmakefile", "make"],
  ];
  for (const [index, [change, run]] of ways.entries()) {
    const id = `way-${index}`;
    expect([change, (await bash(id, change)).decision]).toEqual([change, "allow"]);
    expect([change, (await bash(`${id}-run`, run)).reason]).toEqual([
      change,
      expect.stringContaining("gate/script-may-change"),
    ]);
    await done(id);
  }

  // Nor does one call get by with both: it is the script as it will be that runs.
  for (const [index, command] of [
    "cp x go.sh && bash go.sh",
    "echo 'cat .env' > go.sh; sh go.sh",
  ].entries()) {
    const { decision, reason } = await bash(`both-${index}`, command);
    expect([command, decision, reason]).toEqual([
      command,
      "ask",
      expect.stringContaining("the same call changes `go.sh`"),
    ]);
    await done(`both-${index}`);
  }
  expect((await bash("chmod", "chmod +x go.sh && bash go.sh")).decision).toBe("allow");
  await done("chmod");

  // A daemon that dies in between forgets nothing.
  expect((await write("last", "package.json")).decision).toBe("allow");
  process.kill(JSON.parse(repository.ok("daemon", "status", "--json")).pid, "SIGKILL");
  expect((await bash("after", "npm test")).reason).toContain("gate/script-may-change");
  await done("last");
  expect((await bash("end", "npm test")).decision).toBe("allow");
  const verdict = JSON.parse(repository.ok("verify", "--json"));
  expect(verdict).toMatchObject({ ok: true, problems: [], sealed: 0 });
});

test("H5: without the rule, the other script runs as the harmless one", async () => {
  const binary = await mirrorWithout({
    file: "src/gate/evaluate.ts",
    text: "const { lookedInto } = watched;",
    by: "const lookedInto: LookedInto[] = [];",
  });
  const { bash, write } = calls(repositoryWithScripts(binary));
  expect((await write("1", "package.json")).decision).toBe("allow");
  expect((await bash("2", "npm test")).decision).toBe("allow");
  expect((await bash("3", "echo 'cat .env' > go.sh; sh go.sh")).decision).toBe("allow");
});
