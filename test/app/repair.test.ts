import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writerOf } from "../../src/ledger/writer-lock.ts";
import { begunRepository, boundRepository, type Governed } from "../fixtures/governed-repository.ts";

/** A bound repository with a few receipts in its ledger, and no daemon. */
async function filled(): Promise<Governed & { readonly ref: string }> {
  const repository = boundRepository();
  await repository.bash("git status");
  await repository.bash("git diff");
  repository.ok("daemon", "stop");
  return { ...repository, ref: repository.ledger() };
}

function receipts(repository: Governed): number {
  const report = JSON.parse(repository.ok("verify", "--json"));
  expect(report).toMatchObject({ ok: true, problems: [] });
  return report.receipts;
}

/** Runs repair, then again: the second run changes nothing. Gives what the first said. */
function repairTwice(repository: Governed & { readonly ref: string }): string {
  const said = repository.ok("repair");
  const refs = repository.git("for-each-ref");
  const pin = readFileSync(join(repository.state(), "pin.json"), "utf8");
  expect(repository.ok("repair")).toBe("Nothing needs repair.\n");
  expect(repository.git("for-each-ref")).toBe(refs);
  expect(readFileSync(join(repository.state(), "pin.json"), "utf8")).toBe(pin);
  return said;
}

function newest(repository: Governed): unknown {
  return JSON.parse(repository.ok("log", "--json", "--limit", "1").trim());
}

/** Kills the daemon at once, so that the journal is not folded: a command that asked for its pid would take too long. */
function kill(repository: Governed): void {
  const pid = writerOf(join(repository.state(), "writer"));
  if (pid === null) throw new Error("no daemon runs");
  process.kill(pid, "SIGKILL");
}

describe("mirror repair", () => {
  test("a ref deleted, moved back, aside, made symbolic or garbage comes back, each time with a gap receipt", async () => {
    const repository = await filled();
    const { ref, directory } = repository;
    const file = join(directory, ".git", ref);
    const main = repository.git("rev-parse", "main");
    const refs = repository.git("for-each-ref");
    expect(JSON.parse(repository.ok("repair", "--json"))).toEqual({ done: [] });
    expect(repository.git("for-each-ref")).toBe(refs);
    const attacks: [string, () => void][] = [
      ["was gone", () => repository.git("update-ref", "-d", ref)],
      ["was at", () => repository.git("update-ref", ref, `${ref}~2`)],
      ["was at", () => repository.git("update-ref", ref, "main")],
      ["held `garbage`", () => writeFileSync(file, "garbage\n")],
      ["was at", () => repository.git("symbolic-ref", ref, "refs/heads/main")],
      ["was at 111111111111", () => writeFileSync(file, `${"1".repeat(40)}\n`)],
    ];
    let count = receipts(repository);
    const written = (): number => Number(repository.git("rev-list", "--count", ref));
    for (const [how, attack] of attacks) {
      attack();
      expect([how, repairTwice(repository)]).toEqual([how, expect.stringContaining(how)]);
      count += 1;
      expect([how, written()]).toEqual([how, count]);
    }
    expect(receipts(repository)).toBe(count);
    expect(newest(repository)).toMatchObject({ kind: "gap", seq: count - 1 });
    const gap = repository.git("log", "-1", "--format=%s", `${ref}~4`);
    expect(gap).toMatch(/^gap {2}repaired {2}2$/);
    // What stood in its place is still to be found, and the branch was not moved.
    const kept = repository.git("for-each-ref", "--format=%(objectname)", "refs/mirror/kept/");
    expect(kept).toBe(main);
    expect(repository.git("rev-parse", "main")).toBe(main);
    expect((await repository.bash("git status")).decision).toBe("allow");
    repository.ok("daemon", "stop");
    // Without the gate's key there could be no receipt of the repair: nothing is changed.
    const { gate } = JSON.parse(repository.ok("status", "--json"));
    repository.git("update-ref", "-d", ref);
    rmSync(join(repository.mirrorHome, "keys", `${gate}.pem`));
    const ran = repository.mirror("repair");
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("is gone")]);
    expect(repository.git("for-each-ref", ref)).toBe("");
  });

  test("a lost or damaged pin is rebuilt, with every receipt that only the journal holds", async () => {
    const repository = await filled();
    const pin = join(repository.state(), "pin.json");
    const before = receipts(repository);
    for (const [index, attack] of [
      () => rmSync(pin),
      () => writeFileSync(pin, "{"),
      // And the ref with it: the object store alone still has the ledger.
      () => {
        rmSync(pin);
        repository.git("update-ref", "-d", repository.ref);
      },
    ].entries()) {
      await repository.bash(`echo ${index}`);
      kill(repository);
      expect(readdirSync(join(repository.state(), "journal"))).toHaveLength(1);
      attack();
      expect((await repository.bash("git status")).decision).toBe("deny");
      expect(repairTwice(repository)).toContain("The pin was rebuilt from the ledger: epoch 1");
    }
    // Each round: the call, and the gap.
    expect(receipts(repository)).toBe(before + 6);
    expect(JSON.parse(repository.ok("log", "--json", "--kind", "gap", "--limit", "1").trim())).toMatchObject({
      kind: "gap",
      gap: { cause: "repaired", count: expect.any(Number) },
    });
    expect(repository.ok("log", "--kind", "gap", "--limit", "1")).toMatch(
      /gap .*\d+ receipts that the ledger/,
    );
  });

  test("a line of receipts beside the ledger, signed by the same gate, is kept and named", async () => {
    const repository = await filled();
    const { ref } = repository;
    const state = repository.state();
    const [old, backup] = [repository.git("rev-parse", ref), join(repository.mirrorHome, "backup")];
    cpSync(state, backup, { recursive: true });
    await repository.bash("echo the line that is pinned");
    repository.ok("daemon", "stop");
    const pinned = repository.git("rev-parse", ref);
    const pin = readFileSync(join(state, "pin.json"));
    // The state of before on another day: two lines from one receipt.
    repository.git("update-ref", ref, old);
    cpSync(join(backup, "pin.json"), join(state, "pin.json"));
    rmSync(backup, { recursive: true });
    await repository.bash("echo the other line");
    repository.ok("daemon", "stop");
    const other = repository.git("rev-parse", ref);
    writeFileSync(join(state, "pin.json"), pin);
    expect(repairTwice(repository)).toContain(`kept as refs/mirror/kept/`);
    expect(repository.git("rev-parse", `${ref}~1`)).toBe(pinned);
    expect(repository.git("for-each-ref", "--format=%(objectname)", "refs/mirror/kept/")).toBe(other);
    receipts(repository);
  });

  test("receipts that are gone are named, and nothing is changed", async () => {
    const repository = await filled();
    const { ref } = repository;
    const packs = join(repository.directory, ".git/objects/pack");
    // All of the ledger as loose objects, so that one can be taken away.
    const aside = join(repository.directory, "../packs");
    renameSync(packs, aside);
    mkdirSync(packs);
    for (const name of readdirSync(aside).filter((each) => each.endsWith(".pack"))) {
      repository.gitWith({ input: readFileSync(join(aside, name)) }, "unpack-objects", "-q");
    }
    const loose = (id: string): string =>
      join(repository.directory, ".git/objects", id.slice(0, 2), id.slice(2));
    const commit = repository.git("rev-parse", `${ref}~1`);
    const last = Number(repository.git("rev-list", "--count", ref)) - 1;
    repository.git("update-ref", "-d", ref);
    renameSync(loose(commit), `${loose(commit)}.away`);
    const refs = repository.git("for-each-ref");
    const pin = readFileSync(join(repository.state(), "pin.json"), "utf8");
    const unchanged = (named: string): void => {
      const ran = repository.mirror("repair");
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(named)]);
      expect(ran.stderr).toContain("nothing was changed");
      expect(repository.git("for-each-ref")).toBe(refs);
      expect(existsSync(join(repository.state(), "pin.json"))).toBe(pinThere);
    };
    let pinThere = true;
    unchanged(`receipt ${last - 1} (\`${commit}\`)`);
    // The pin lost, too.
    rmSync(join(repository.state(), "pin.json"));
    pinThere = false;
    unchanged(`receipt ${last - 1} (\`${commit}\`)`);
    writeFileSync(join(repository.state(), "pin.json"), pin);
    pinThere = true;
    renameSync(`${loose(commit)}.away`, loose(commit));
    // The newest itself.
    const head = JSON.parse(pin).ledger.head;
    renameSync(loose(head), `${loose(head)}.away`);
    unchanged(`receipt ${last} (\`${head}\`)`);
    renameSync(`${loose(head)}.away`, loose(head));
    // A receipt's file.
    const blob =
      repository.git("ls-tree", "-r", "--format=%(objectname)", `${head}:receipts`).split("\n")[1] ?? "";
    renameSync(loose(blob), `${loose(blob)}.away`);
    unchanged(blob);
    renameSync(`${loose(blob)}.away`, loose(blob));
    expect(repairTwice(repository)).toContain(`at receipt ${last} again`);
    receipts(repository);
  });

  test("a journal that was damaged is named, and stays as it is", async () => {
    const repository = await filled();
    await repository.bash("echo one");
    await repository.bash("echo two");
    kill(repository);
    const journal = join(repository.state(), "journal");
    const [name] = readdirSync(journal);
    const file = join(journal, name ?? "");
    const bytes = readFileSync(file);
    const broken = Buffer.from(bytes);
    broken[60] = (broken[60] ?? 0) ^ 1;
    writeFileSync(file, broken);
    const ran = repository.mirror("repair");
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/damaged: receipts from 4 on cannot be read/),
    ]);
    expect(readFileSync(file)).toEqual(broken);
    writeFileSync(file, bytes);
    expect(repository.ok("repair")).toBe("Nothing needs repair.\n");
    expect(receipts(repository)).toBe(6);
  });

  test("without a receipt yet, the pin comes back at the genesis", () => {
    const repository = begunRepository();
    rmSync(join(repository.state(), "pin.json"));
    expect(repository.ok("repair")).toContain("there is no ledger");
    expect(repository.ok("repair")).toBe("Nothing needs repair.\n");
    expect(repository.ok("status")).toContain("epoch 0");
  });
});
