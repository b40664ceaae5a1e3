import type { Word } from "../../model/command.ts";
import type { AskedEffect } from "./asked.ts";
import { type Candidate, commonStart, grouped, type IsHidden } from "./candidate.ts";
import { literal } from "./literal.ts";
import { commonDirection } from "./names.ts";

/** A command that was approved, once for all the times it was. */
interface Approved {
  readonly argv: readonly Word[];
  readonly asked: readonly [AskedEffect, ...AskedEffect[]];
}

type Family = readonly [Approved, ...Approved[]];

/** With more patterns than these for one subcommand, nobody reads what differs any more. */
const mostPatterns = 4;

/**
 * Gives candidates for what approved commands do: that they are run, or that they reach hosts which only they know.
 * Those of one program and subcommand go together: what they begin with and `...` where their words differ in number;
 * in pieces, one pattern for all that differ in some words only; at last every command as it was. What has other options
 * does something else, and so gets a pattern of its own as long as these are few.
 */
export function commandCandidates(asked: readonly AskedEffect[], isHidden: IsHidden): Candidate[] {
  const commands = grouped(asked, (each) => JSON.stringify(argvOf(each))).map((same): Approved => {
    return { argv: argvOf(same[0]), asked: same };
  });
  return grouped(commands, headOf).flatMap((family) => {
    const shapes = grouped(family, shapeOf);
    const pieces = shapes.flatMap((shape) => shapeCandidates(shape, isHidden));
    const sameOptions = new Set(family.map(optionsOf)).size === 1;
    if (shapes.length < 2 || (!sameOptions && shapes.length <= mostPatterns)) return pieces;
    return candidate(family, tailPattern(family, isHidden), pieces);
  });
}

function optionsOf({ argv }: Approved): string {
  return JSON.stringify(argv.filter((word) => typeof word === "string" && word.startsWith("-")));
}

function argvOf({ call, effect }: AskedEffect): readonly Word[] {
  return call.input.analysis.commands[effect.command ?? -1]?.argv ?? [];
}

/** Gives the candidate for a pattern; its pieces where there is no such pattern. */
function candidate(
  family: Family,
  pattern: string | null,
  narrower: readonly Candidate[],
): readonly Candidate[] {
  if (pattern === null) return narrower;
  const [first] = family;
  const asked = family.flatMap((each) => each.asked);
  const [{ effect }] = first.asked;
  const anyHost = effect.resource.kind === "host";
  return [
    {
      action: effect.action,
      condition: "command",
      patterns: [pattern],
      anyHost,
      direction: anyHost ? commonDirection(asked) : null,
      family: headOf(first),
      asked,
      narrower,
    },
  ];
}

/** Programs whose subcommands have subcommands: of all, or of these. */
const deep: ReadonlyMap<string, readonly string[] | "all"> = new Map<string, readonly string[] | "all">([
  ["aws", "all"],
  ["az", "all"],
  ["gcloud", "all"],
  ["gh", "all"],
  ["glab", "all"],
  ["bun", ["run", "pm"]],
  ["cargo", ["install"]],
  ["docker", ["buildx", "compose", "container", "context", "image", "network", "system", "volume"]],
  ["git", ["bisect", "config", "lfs", "notes", "remote", "stash", "submodule", "worktree"]],
  ["helm", ["dependency", "repo"]],
  ["kubectl", ["config", "create", "rollout", "set"]],
  ["npm", ["config", "exec", "run", "run-script"]],
  ["podman", ["container", "image", "network", "system", "volume"]],
  ["pnpm", ["config", "dlx", "exec", "run"]],
  ["terraform", ["state", "workspace"]],
  ["yarn", ["dlx", "exec", "run"]],
]);

/** How many words say what is run: the program and its subcommands. */
function headLength(argv: readonly Word[]): number {
  const [program, first, second] = argv;
  if (typeof program !== "string" || !isName(first)) return 1;
  const below = deep.get(program);
  const isDeep = below === "all" || below?.includes(first) === true;
  return isDeep && isName(second) ? 3 : 2;
}

function isName(word: Word | undefined): word is string {
  return typeof word === "string" && /^[A-Za-z][\w:-]*$/.test(word);
}

function headOf({ argv }: Approved): string {
  return JSON.stringify(argv.slice(0, headLength(argv)));
}

/** The same for commands that differ in nothing but words that say what something is done with. */
function shapeOf({ argv }: Approved): string {
  const head = headLength(argv);
  const places = argv.map((word, index) => {
    if (typeof word !== "string") return word;
    if (index < head || word === "") return word;
    if (word.startsWith("-")) return word.includes("=") ? prefixOf(word) : word;
    // The first word often says what is done, also where it is no plain name.
    return index === 1 ? prefixOf(word) || word : null;
  });
  return JSON.stringify(places);
}

/** What a word begins with, up to where its parts differ: `https://example.com/`, `--depth=`. */
function prefixOf(word: string): string {
  return /^.*[/:=@]/s.exec(word)?.[0] ?? "";
}

function shapeCandidates(shape: Family, isHidden: IsHidden): readonly Candidate[] {
  const exact = shape.flatMap((one) => candidate([one], exactPattern(one, isHidden), []));
  return shape.length < 2 ? exact : candidate(shape, shapePattern(shape, isHidden), exact);
}

function exactPattern({ argv }: Approved, isHidden: IsHidden): string | null {
  return joined(argv.map((word) => (typeof word === "string" ? literal(word, isHidden) : null)));
}

function shapePattern(shape: Family, isHidden: IsHidden): string | null {
  const words = shape[0].argv.map((_, index) => {
    const here = shape.map(({ argv }) => argv[index]).filter((word) => typeof word === "string");
    // A word that is open is so in all of one shape.
    if (here.length < shape.length) return null;
    const [word = ""] = here;
    if (here.every((each) => each === word)) return literal(word, isHidden);
    const common = word.slice(0, commonStart(here));
    const prefix = prefixOf(common);
    if (prefix !== "") {
      const start = literal(prefix, isHidden);
      return start === null ? null : `${start}*`;
    }
    // Any word that is no option.
    return here.some((each) => each === "" || each.startsWith("-")) ? null : "[!-]*";
  });
  return joined(words);
}

/** Needs more in common than the program (`psql ...` would be anything at all), and different words to come after it. */
function tailPattern(family: Family, isHidden: IsHidden): string | null {
  const length = commonStart(family.map(({ argv }) => argv));
  const words = family[0].argv.slice(0, length);
  const tails = grouped(family, shapeOf).filter(([{ argv }]) => argv.length > length);
  if (length < 2 || tails.length < 2) return null;
  return joined([...words.map((word) => (typeof word === "string" ? literal(word, isHidden) : null)), "..."]);
}

function joined(words: readonly (string | null)[]): string | null {
  return words.length === 0 || words.includes(null) ? null : words.join(" ");
}
