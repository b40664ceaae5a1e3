import type { Word } from "../../model/command.ts";
import type { Risk } from "../../model/risk.ts";
import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { type Behaviour, medium } from "./program.ts";

// A change at a service is modest where a second command takes it back and nobody notices in between: nothing
// that was there is lost, no file leaves, nobody gets in or gets to see more, no code begins to run, no bill begins.
// What is not listed here is not modest: not another verb, not another thing, not another option.

export const modestChange: Risk = medium("changes-service");

const makes = new Set(["create", "new", "add", "make", "mk"]);

/** Things that cost next to nothing, run nothing and let nobody in. */
const modestThings = new Set(
  `annotation backup board bookmark bucket category changelog checklist column configmap dashboard dataset directory draft epic
  event-type experiment feature featureflag field flag folder goal index issue-type keyspace label lane list log-group
  map metric milestone namespace note ns partition playlist priority project property queue reminder report schema
  segment space split sprint stream subject subtask table tablespace tag task-list toggle topic tracker traffic-type variant
  version view widget`.split(/\s+/),
);

/** Options that name and describe what is made, and say how the answer is written. */
const modestOption =
  /^(-[noqv]|--(name|[a-z]+-name|namespace|title|description|color|region|location|output|format|json|quiet|verbose|no-color|replicas|create-bucket-configuration))(=|$)/;

/** Words that name no file, no place elsewhere, nobody, and one thing. */
const plainWord = /^(?!\.{0,2}\/|file)(?!.*([@~*{}$\n]|:\/\/|:\d|\/\.|[=,]\.{0,2}\/))/s;

/**
 * Tells whether an invocation has nothing that could make a modest change more than one: another server, a file, standard
 * input, a word that is not known. All its words count, before and behind the verb.
 * `besides`: words and options that this program needs.
 */
export function isModestlyPut({ invocation, opaque }: Doing, besides: RegExp | null = null): boolean {
  const plain = (word: Word) =>
    !isOpen(word) &&
    (besides?.test(word) === true ||
      (plainWord.test(word) && (!word.startsWith("-") || modestOption.test(word))));
  return !invocation.piped && opaque.size === 0 && invocation.argv.slice(1).every(plain);
}

/** Tells whether a change that the words up to the verb name is a modest one. */
export function isModestChange(
  path: readonly string[],
  args: Arguments,
  { places, modest }: Pick<Behaviour, "places" | "modest">,
  doing: Doing,
): boolean {
  if (modest?.test(doing.invocation.argv.slice(1).map(String).join(" ")) === true)
    return isModestlyPut(doing, places);
  const [verb = "", ...joined] = (path.at(-1) ?? "").toLowerCase().split("-");
  const thing = joined.length > 0 ? joined.join("-") : thingOf(path, args);
  return makes.has(verb) && isModestThing(thing) && isModestlyPut(doing, places);
}

/** `projects create` names it before the verb; behind it (`create project x`), a name of its own must follow. */
function thingOf(path: readonly string[], { operands, has }: Arguments): string {
  const before = path.at(-2);
  if (before !== undefined) return before;
  const [next, name] = operands.slice(operands.indexOf(path.at(-1) ?? "") + 1);
  return next === undefined || isOpen(next) || (name === undefined && !has("--name")) ? "" : next;
}

function isModestThing(thing: string): boolean {
  const name = thing.toLowerCase();
  return [name, name.replace(/s$/, ""), name.replace(/ies$/, "y"), name.replace(/es$/, "")].some((one) =>
    modestThings.has(one),
  );
}
