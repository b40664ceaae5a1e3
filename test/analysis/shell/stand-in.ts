import type { Invocation, Run, Understand } from "../../../src/analysis/understanding.ts";
import { openReasons } from "../../../src/analysis/words.ts";
import type { Word } from "../../../src/model/command.ts";
import { noRisk } from "../../../src/model/risk.ts";

/** Knows just enough programs to test the shell: what runs text, what looks through, and that all else runs. */
export const standIn: Understand = (invocation) => {
  const { argv } = invocation;
  const { runs, opaque } = inner(invocation);
  const through = typeof argv[0] === "string" && /^(env|timeout|xargs)$/.test(argv[0]);
  return {
    argv,
    isEffect: !through,
    effects: [],
    opaque: [...argv.flatMap(openReasons), ...opaque],
    risk: noRisk,
    runs,
    cwd: undefined,
  };
};

interface Inner {
  readonly runs: readonly Run[];
  readonly opaque: readonly string[];
}

function inner({ argv, stdin, piped }: Invocation): Inner {
  const [name, ...words] = argv;
  const argvRun = (rest: readonly Word[]): Run => ({
    kind: "argv",
    argv: rest,
    cwd: undefined,
    environment: null,
  });
  if (name === "timeout") return { runs: [argvRun(words.slice(1))], opaque: [] };
  if (name === "xargs")
    return { runs: [argvRun([...words, { text: "…", parts: [null], many: true, glob: false }])], opaque: [] };
  if (name === "env") return environment(words);
  if (name !== "bash" && name !== "sh") return { runs: [], opaque: [] };
  const [flag, text] = words;
  if (flag === "-c" && typeof text === "string")
    return { runs: [{ kind: "script", text, cwd: undefined }], opaque: [] };
  if (flag !== undefined) return { runs: [], opaque: ["runs text that is not known"] };
  if (stdin !== null)
    return { runs: stdin === "" ? [] : [{ kind: "script", text: stdin, cwd: undefined }], opaque: [] };
  return { runs: [], opaque: piped ? ["runs what it is sent"] : [] };
}

function environment(words: readonly Word[]): Inner {
  const map = new Map<string, Word>();
  let index = 0;
  for (; index < words.length; index += 1) {
    const word = words[index];
    const [, name, value] = (typeof word === "string" && /^(\w+)=([\s\S]*)$/.exec(word)) || [];
    if (name === undefined || value === undefined) break;
    map.set(name, value);
  }
  return { runs: [{ kind: "argv", argv: words.slice(index), cwd: undefined, environment: map }], opaque: [] };
}
