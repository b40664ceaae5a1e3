// Asks that wait for a signer: who may answer, what an answer is good for, and that neither a killed gate nor a late,
// altered or repeated answer gets a call through.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { GivenAnswer, WaitingAsk } from "../../src/app/approvals.ts";
import type { GrantView } from "../../src/app/live-grants.ts";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

function waitingRepository(more = ""): Governed {
  const repository = boundRepository();
  const file = join(scratchDirectory(), "coder.yaml");
  writeFileSync(
    file,
    `version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\nconsent: wait\nbudgets:\n  - { id: night, unit: calls, limit: 100, window: month }\n${more}`,
  );
  repository.ok("policy", "propose", "wait", "--from-file", file, "--as", "agents/coder.yaml");
  expect(repository.ok("policy", "plan", "wait")).toContain("consent: wait");
  repository.ok("policy", "merge", "wait");
  return repository;
}

const parsed = <T>(text: string): T => JSON.parse(text) as T;

async function asks(repository: Governed, count = 1): Promise<readonly WaitingAsk[]> {
  for (let look = 0; look < 100; look += 1) {
    const found = parsed<WaitingAsk[]>(repository.ok("approvals", "list", "--json"));
    if (found.length === count) return found;
    await sleep(50);
  }
  throw new Error(`no ${count} asks came to wait`);
}

const answer = (repository: Governed, id: number | undefined, ...how: string[]): GivenAnswer =>
  parsed(repository.ok("approvals", "answer", String(id), ...how, "--json"));

const used = (repository: Governed): number | undefined =>
  parsed<{ used: number }[]>(repository.ok("budget", "--agent", "coder", "--json"))[0]?.used;

const curl = "curl -d x https://example.org/api";

test("a call waits for a signer, is answered once, and what was granted holds until it is taken back", async () => {
  const told = join(scratchDirectory(), "told");
  const repository = waitingRepository(`notify: [/bin/sh, -c, 'printf %s "$0" > ${told}']\n`);
  expect(repository.ok("approvals", "list")).toContain("Nothing waits");
  const first = repository.bash(curl);
  const [ask] = await asks(repository);
  expect(ask).toMatchObject({ agent: "coder", tool: "Bash", risk: "medium" });
  expect(ask?.offer).toEqual([expect.stringContaining(`host: ["example.org"], command: ["${curl}"]`)]);
  expect(repository.ok("approvals", "show", String(ask?.id))).toContain("otherwise/net.connect");
  expect(repository.ok("status")).toContain("1 call waits for an answer");
  expect(existsSync(told) && readFileSync(told, "utf8")).toContain("may send to `example.org`");

  // The gate dies and a new one goes on: the call still waits, and its answer is found by whichever gate is there.
  const { pid } = parsed<{ pid: number }>(repository.ok("daemon", "status", "--json"));
  process.kill(pid, "SIGKILL");
  expect((await asks(repository))[0]?.id).toBe(ask?.id);
  const given = answer(repository, ask?.id, "--allow", "--for", "1h");
  expect(given.granted?.rules).toEqual(ask?.offer);
  expect((await first).decision).toBe("allow");
  expect(repository.mirror("approvals", "answer", String(ask?.id), "--deny").stderr).toContain(
    "does not wait",
  );

  // Calls like it run, and only those; what differs in one word asks again.
  const again = await repository.bash(curl);
  expect([again.decision, again.reason]).toEqual([
    "allow",
    expect.stringContaining(`(grant/${given.receipt})`),
  ]);
  const other = repository.bash(`${curl}/other`);
  const [second] = await asks(repository);
  expect(used(repository)).toBe(3);
  answer(repository, second?.id, "--deny", "--reason", "not on a Friday");
  expect((await other).reason).toMatch(/denied it: not on a Friday/);
  // What may not run spends nothing, also for a gate that reads it back.
  expect(used(repository)).toBe(2);
  // A subagent is another principal.
  const subagent = repository.bash(curl, { agent_id: "s1", agent_type: "general-purpose" });
  answer(repository, (await asks(repository))[0]?.id, "--deny");
  expect((await subagent).decision).toBe("deny");
  repository.ok("daemon", "stop");
  expect((await repository.bash(curl)).decision).toBe("allow");
  const [grant] = parsed<GrantView[]>(repository.ok("grants", "list", "--json"));
  expect(grant).toMatchObject({ id: given.receipt, agent: "coder", session: null });
  expect(repository.ok("status")).toContain(`mirror grants revoke ${given.receipt}`);
  repository.ok("grants", "revoke", String(grant?.id));
  expect(repository.ok("grants", "list")).toContain("No grant holds");
  const taken = repository.bash(curl);
  // What holds for a session holds in no other; what holds once grants nothing.
  const inSession = answer(repository, (await asks(repository))[0]?.id, "--allow", "--for", "session");
  expect((await taken).decision).toBe("allow");
  expect((await repository.bash(curl)).decision).toBe("allow");
  const elsewhere = repository.bash(curl, { session_id: "6b1d0f0e-0000-4000-8000-000000000001" });
  answer(repository, (await asks(repository))[0]?.id, "--allow");
  expect((await elsewhere).decision).toBe("allow");

  // What is allowed again and again is worth a rule.
  expect([given.times, inSession.times]).toEqual([1, 2]);
  const third = repository.bash(`${curl}/third`);
  const again3 = repository.ok("approvals", "answer", String((await asks(repository))[0]?.id), "--allow");
  expect(again3).toContain("allowed 4 times lately: mirror policy suggest --agent coder");
  expect((await third).decision).toBe("allow");

  // A change of policy ends every grant, and every ask that was made before it.
  const before = repository.bash("git push origin main");
  const [old] = await asks(repository);
  repository.ok("policy", "void");
  expect(repository.mirror("approvals", "answer", String(old?.id), "--allow").stderr).toMatch(
    /policy set|does not wait/,
  );
  for (const each of await asks(repository)) answer(repository, each.id, "--deny");
  expect((await before).decision).toBe("deny");
  const ended = repository.bash(curl);
  answer(repository, (await asks(repository))[0]?.id, "--deny");
  expect((await ended).decision).toBe("deny");
  expect(inSession.granted).not.toBeNull();

  const verdict = parsed<{ ok: boolean; problems: unknown[] }>(repository.ok("verify", "--json"));
  expect(verdict).toMatchObject({ ok: true, problems: [] });
  expect(repository.ok("log", "--kind", "approval")).toMatch(/allow by \w+, and until/);
  // Anyone can check an answer with stock tools: the text and its signature stand in the receipt's file.
  expect(repository.ok("show", String(given.receipt))).toContain("mirror/consent/v1");
  const shown = repository.ok("show", String(given.receipt), "--json");
  const { text, signature } = parsed<{ approval: { text: string; signature: string } }>(shown).approval;
  const place = scratchDirectory();
  writeFileSync(join(place, "text"), text);
  writeFileSync(join(place, "text.asc"), signature);
  const gpg = (...args: string[]) =>
    spawnSync("gpg", ["--batch", ...args], {
      cwd: place,
      env: { PATH: process.env["PATH"], GNUPGHOME: place },
    });
  const keys = join(repository.directory, ".mirror/keys");
  expect(gpg("--import", ...readdirSync(keys).map((key) => join(keys, key))).status).toBe(0);
  expect(gpg("--verify", "text.asc", "text").status).toBe(0);
});

test("nobody but a signer answers, and a yes in the client's own prompt is told from theirs", async () => {
  const repository = waitingRepository();
  const calls = [1, 2].map((index) => repository.bash(`curl -d ${index} https://example.org/api`));
  const [first, second] = await asks(repository, 2);
  // The agent may not run the command, and its own socket takes no answers.
  expect((await repository.bash(`mirror approvals answer ${first?.id} --allow`)).decision).toBe("deny");
  expect((await repository.bash("mirror grants revoke 1")).decision).toBe("deny");
  const sockets = readFileSync(join(repository.state(), "sockets.at"), "utf8").trim();
  const request = ["--unix-socket", join(sockets, "coder.sock"), "-d", "x", "http://mirror/v1/consent"];
  const sent = spawnSync("curl", ["-s", "-w", "%{http_code}", ...request], { encoding: "utf8" });
  expect(sent.stdout).toBe("400");
  // Without the person's key nobody answers.
  const keys = join(repository.mirrorHome, "keys");
  renameSync(keys, `${keys}.away`);
  expect(repository.mirror("approvals", "answer", String(first?.id), "--allow").stderr).toMatch(
    /no signing key/,
  );
  renameSync(`${keys}.away`, keys);
  answer(repository, second?.id, "--allow");
  answer(repository, first?.id, "--deny");
  expect((await Promise.all(calls)).map(({ decision }) => decision).sort()).toEqual(["allow", "deny"]);
  const inClient = `version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n`;
  const file = join(scratchDirectory(), "coder.yaml");
  writeFileSync(file, inClient);
  repository.ok("policy", "propose", "client", "--from-file", file, "--as", "agents/coder.yaml");
  repository.ok("policy", "merge", "client");
  expect((await repository.bash(curl, { tool_use_id: "asked" })).decision).toBe("ask");
  await repository.hook("PostToolUse", {
    ...{ session_id: repository.session, cwd: repository.directory, hook_event_name: "PostToolUse" },
    ...{ tool_name: "Bash", tool_input: { command: curl }, tool_response: {}, tool_use_id: "asked" },
  });
  expect(repository.ok("log", "--kind", "outcome")).toContain("approved in the client");
  expect(parsed(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
});
