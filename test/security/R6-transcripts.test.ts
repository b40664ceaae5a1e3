import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as app from "../../src/app/transcripts.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { add, line, meteredRepository, tell, transcriptOf, used } from "../fixtures/transcripts.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R6: what a transcript tells is a claim of the client's, and so is its path. What is read is a plain file where the
// client keeps transcripts, in bounds, and never waits; what cannot be read stops the agent and not the gate.

const file = "src/app/transcripts.ts";
const isPlain: readonly Cut[] = [
  { file, text: 'if (!found.isFile()) throw refused(path, "is no plain file");', by: "" },
  { file, text: 'if (!stat.isFile()) throw refused(path, "is no plain file");', by: "" },
];

/** A person's home, and a file of somebody else's with a line that tells of a call. */
function home() {
  const directory = scratchDirectory();
  const place = join(directory, ".claude/projects/-repo");
  mkdirSync(place, { recursive: true });
  const outside = join(directory, "outside.jsonl");
  add(outside, line("o", { input: 1 }));
  return { directory, place, outside, transcript: join(place, "s.jsonl") };
}

type Transcripts = InstanceType<typeof app.Transcripts>;

async function look(transcripts: Transcripts, path: string, directory: string | null = null) {
  const of = { agent: "coder", session: "s", client: "claude-code" };
  const { messages, skipped } = await transcripts.read(
    { ...of, transcripts: { files: [path], directory } },
    () => true,
  );
  return { ids: messages.map(({ id }) => id), skipped };
}

const lines = (n: number, from = 0): string[] =>
  Array.from({ length: n }, (_, index) => line(`m${from + index}`, { input: 1 }));

const paths: Readonly<Record<string, readonly [readonly Cut[], (at: ReturnType<typeof home>) => string]>> = {
  "a path outside": [
    [
      {
        file,
        text: "if (place !== null && this.#roots(speak).some(isThere)) return place;",
        by: "if (place !== null) return place;",
      },
    ],
    ({ outside }) => outside,
  ],
  "a path that leads outside": [
    [
      {
        file,
        text: "const place = thisMachine.realPath(directory);",
        by: "const place = directory;",
      },
    ],
    ({ directory, place }) => {
      symlinkSync(directory, join(place, "linked"));
      return join(place, "linked/outside.jsonl");
    },
  ],
  "a link": [
    [...isPlain, { file, text: " | constants.O_NOFOLLOW", by: "" }],
    ({ outside, transcript }) => {
      symlinkSync(outside, transcript);
      return transcript;
    },
  ],
};

test.each(Object.entries(paths))(
  "R6: %s is not read, and is where the rule is gone",
  async (_, [cuts, make]) => {
    const at = home();
    const path = make(at);
    await expect(look(new app.Transcripts(() => [join(at.directory, ".claude")]), path)).rejects.toThrow(
      /is no plain file|is not below/,
    );
    const without = await moduleWithout<typeof app>(file, ...cuts);
    expect(await look(new without.Transcripts(() => [join(at.directory, ".claude")]), path)).toMatchObject({
      ids: ["o"],
    });
  },
);

test("R6: a pipe is not waited for, and is where the rule is gone", async () => {
  const at = home();
  execFileSync("mkfifo", [at.transcript]);
  await expect(
    look(new app.Transcripts(() => [join(at.directory, ".claude")]), at.transcript),
  ).rejects.toThrow("is no plain file");
  const without = await moduleWithout<typeof app>(file, ...isPlain, {
    file,
    text: " | constants.O_NONBLOCK",
    by: "",
  });
  const waits = look(new without.Transcripts(() => [join(at.directory, ".claude")]), at.transcript).catch(
    () => "ended",
  );
  const soon = new Promise((resolve) => setTimeout(() => resolve("waits"), 500));
  expect(await Promise.race([waits, soon])).toBe("waits");
  // Somebody comes to write, and goes: so that nothing is left waiting.
  closeSync(openSync(at.transcript, constants.O_WRONLY | constants.O_NONBLOCK));
  await waits;
});

test("R6: odd paths and odd files stop the agent, with words, and the gate goes on", async () => {
  const repository = meteredRepository(["{ id: words, unit: tokens, limit: 1000, window: month }"]);
  const transcript = transcriptOf(repository);
  const call = (path: unknown) => repository.bash("git status", { transcript_path: path });
  const fifo = join(transcript, "../fifo.jsonl");
  execFileSync("mkfifo", [fifo]);
  const directory = join(transcript, "../directory.jsonl");
  mkdirSync(directory);
  const link = join(transcript, "../link.jsonl");
  symlinkSync("/dev/zero", link);
  const odd: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /does not say where its transcript is/],
    ["/dev/zero", /`\/dev\/zero` is not below .*\.claude\/projects/],
    [`${transcript}/../../../../outside.jsonl`, /is not below/],
    ["transcript.jsonl", /is no absolute path/],
    [`/${"x".repeat(5_000)}`, /is no absolute path/],
    [fifo, /is no plain file/],
    [directory, /is no plain file/],
    [link, /is no plain file/],
  ];
  for (const [path, why] of odd) {
    const begun = performance.now();
    expect(await call(path)).toMatchObject({
      decision: "deny",
      reason: expect.stringMatching(new RegExp(`${why.source}.*\\(gate/usage-unreadable\\)`)),
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
  }
  add(transcript, line("a", { input: 1 }));
  expect((await call(transcript)).decision).toBe("allow");
});

test("R6: a look is bounded, and the next one goes on from there", async () => {
  const { directory, transcript } = home();
  const transcripts = new app.Transcripts(() => [join(directory, ".claude")]);
  add(transcript, ...lines(2_500));
  const counts: number[] = [];
  for (let more = 1; more > 0; counts.push(more)) more = (await look(transcripts, transcript)).ids.length;
  expect(counts).toEqual([1_000, 1_000, 500, 0]);
});

test("R6: a line without end is held neither in memory nor against what follows", async () => {
  const { directory, transcript } = home();
  const transcripts = new app.Transcripts(() => [join(directory, ".claude")]);
  add(transcript, line("a", { input: 1 }), "x".repeat(9_000_000));
  expect(await look(transcripts, transcript)).toEqual({ ids: ["a"], skipped: 0 });
  appendFileSync(transcript, "y".repeat(70_000_000));
  expect(await look(transcripts, transcript)).toEqual({ ids: [], skipped: 0 });
  expect(await look(transcripts, transcript)).toEqual({ ids: [], skipped: 0 });
  add(transcript, "\n", line("b", { input: 1 }), line("c", { input: 1 }).slice(0, -1));
  expect(await look(transcripts, transcript)).toEqual({ ids: ["b"], skipped: 1 });
  add(transcript, "\n");
  expect(await look(transcripts, transcript)).toEqual({ ids: ["c"], skipped: 0 });
});

test("R6: a file that is another one, or is written over, is read from its beginning", async () => {
  const { directory, transcript } = home();
  const transcripts = new app.Transcripts(() => [join(directory, ".claude")]);
  add(transcript, ...lines(3));
  expect((await look(transcripts, transcript)).ids).toEqual(["m0", "m1", "m2"]);
  expect((await look(transcripts, transcript)).ids).toEqual([]);
  const other = `${transcript}.new`;
  add(other, ...lines(5, 10));
  renameSync(other, transcript);
  expect((await look(transcripts, transcript)).ids).toEqual(["m10", "m11", "m12", "m13", "m14"]);
  writeFileSync(transcript, lines(9, 20).join(""));
  expect((await look(transcripts, transcript)).ids).toHaveLength(9);
  truncateSync(transcript, 0);
  expect((await look(transcripts, transcript)).ids).toEqual([]);
  add(transcript, ...lines(1, 30));
  expect((await look(transcripts, transcript)).ids).toEqual(["m30"]);
  transcripts.forget("coder");
  expect((await look(transcripts, transcript)).ids).toEqual(["m30"]);
});

test("R6: below a session's directory only plain files are looked at", async () => {
  const { directory, place, outside, transcript } = home();
  const subagents = join(place, "s/subagents");
  add(join(subagents, "agent-1.jsonl"), line("one", { input: 1 }));
  add(join(subagents, "agent-1.meta.json"), line("meta", { input: 1 }));
  symlinkSync(outside, join(subagents, "agent-2.jsonl"));
  symlinkSync(directory, join(subagents, "linked"));
  execFileSync("mkfifo", [join(subagents, "agent-3.jsonl")]);
  linkSync(outside, join(subagents, "agent-4.jsonl"));
  const found = await look(new app.Transcripts(() => [join(directory, ".claude")]), transcript, subagents);
  // A second name of a file is a plain file: whoever can make one can write one as well.
  expect(found.ids.sort()).toEqual(["o", "one"]);
});

test("R6: a directory elsewhere is not walked", async () => {
  const { directory, transcript } = home();
  const elsewhere = join(directory, "elsewhere/subagents");
  add(join(elsewhere, "agent-1.jsonl"), line("a", { input: 1 }));
  const transcripts = new app.Transcripts(() => [join(directory, ".claude")]);
  expect(await look(transcripts, transcript, elsewhere)).toMatchObject({ ids: [] });
});

const limit = "{ id: words, unit: tokens, limit: 1000, window: month }";

test.each([
  ["lies elsewhere", { agent_id: "a1", agent_transcript_path: "/etc/hostname" }],
  ["is not named", { agent_id: "a1", agent_transcript_path: "" }],
])("R6: what the session's transcript says is not lost where a subagent's %s", async (_what, more) => {
  const repository = meteredRepository([limit]);
  const transcript = transcriptOf(repository);
  for (const [id, before] of [
    ["m1", {}],
    ["m2", more],
  ] as const) {
    add(transcript, line(id, { input: 700 }));
    await repository.bash("git status", { transcript_path: transcript, ...before });
    await tell(repository, "SubagentStop", more);
  }
  expect(await repository.bash("git status", { transcript_path: transcript })).toMatchObject({
    decision: "deny",
  });
  expect(used(repository)).toEqual({ words: 1400 });
});

test("R6: a call is decided on all that its transcript says, or denied", async () => {
  const repository = meteredRepository([limit]);
  const transcript = transcriptOf(repository);
  const call = () => repository.bash("git status", { transcript_path: transcript });
  const many = Array.from({ length: 2_500 }, (_, index) =>
    line(`m${index}`, { input: 1 }, {}, `model-${index % 20}`),
  );
  add(transcript, ...many);
  expect(await call()).toMatchObject({ decision: "deny", reason: expect.stringContaining("2500 are used") });
  truncateSync(transcript, 2 ** 40);
  expect(await call()).toMatchObject({
    decision: "deny",
    reason: expect.stringContaining("what its transcript says that it used is still being read"),
  });
});
