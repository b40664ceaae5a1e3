import type { Word } from "../../model/command.ts";
import type { Risk } from "../../model/risk.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { type Behaviour, medium } from "./program.ts";

// A change at a service is modest where a second command takes it back and nobody notices in between: nothing
// that was there is lost, no file leaves, nobody gets in or gets to see more, no code begins to run, no bill begins.
// What is not listed here is not modest.

const makes = new Set(["create", "new", "add", "make", "mk"]);

/** Verbs that are modest whatever they are about. `mb` makes a bucket. */
const modestVerbs = new Set([
  "label",
  "annotate",
  "reload",
  "refresh",
  "restart",
  "ack",
  "acknowledge",
  "mb",
]);

/** Things that cost next to nothing, run nothing and let nobody in. */
const modestThings = new Set(
  `alarm alert annotation backup board bookmark branch bucket card category changelog checklist collection column
  configmap dashboard dataset directory draft environment epic event-type exchange experiment feature featureflag field
  filter flag folder goal index issue-type item keyspace label lane list log-group map metric milestone monitor namespace
  note ns page partition playlist priority project property queue reminder report resource-group restore schema search
  segment silence snapshot space split sprint stream subject subtask table tablespace tag target task-list ticket toggle
  topic tracker traffic-type variant version view widget workspace`.split(/\s+/),
);

/** Options that give it a file's text, another place to talk to, or more say than the name tells. */
const weightyOption =
  /^--?(.*(file|from|body|data|input|content|template|endpoint|server|host|url|uri|addr|proxy|remote|config|profile|context|registry|account|image|cmd|command|script|code|acl|public|polic|role|permission|scope|member|owner|grant|user|token|key|secret|password|force|overwrite|replace|instance|size|replicas|plugin|hook|exec|editor|web).*|f|s|H|u|c|e|k|K)$/i;

/** Words that name a file, a place elsewhere or somebody. */
const weightyWord = /@|:\/\/|^\.{0,2}\/|^~|^file|[=,]\.{0,2}\//;

export const modestChange: Risk = medium("changes-service");

/** Tells whether a change that the words up to the verb name is a modest one. */
export function isModestChange(
  path: readonly string[],
  args: Arguments,
  { places, modest }: Pick<Behaviour, "places" | "modest">,
  { invocation }: Doing,
): boolean {
  const [verb = "", ...joined] = (path.at(-1) ?? "").toLowerCase().split("-");
  const thing = joined.length > 0 ? joined.join("-") : thingOf(path, args);
  const isOne =
    modestVerbs.has(verb) ||
    (makes.has(verb) && isModestThing(thing)) ||
    modest?.test(args.operands.map(knownStart).join(" ")) === true;
  const plain = (word: Word) => !isOpen(word) && (places?.test(word) === true || !weightyWord.test(word));
  return isOne && !invocation.piped && args.operands.every(plain) && args.options.every(isPlainOption(plain));
}

/** `projects create` names it before the verb, `create project` behind it. */
function thingOf(path: readonly string[], { operands }: Arguments): string {
  const before = path.at(-2);
  if (before !== undefined) return before;
  const next = operands[operands.indexOf(path.at(-1) ?? "") + 1];
  return next === undefined || isOpen(next) ? "" : next;
}

function isModestThing(thing: string): boolean {
  const name = thing.toLowerCase();
  return [name, name.replace(/s$/, ""), name.replace(/ies$/, "y"), name.replace(/es$/, "")].some((one) =>
    modestThings.has(one),
  );
}

function isPlainOption(plain: (word: Word) => boolean) {
  return ({ id, value }: Arguments["options"][number]) =>
    !weightyOption.test(id) && (value === null || plain(value));
}
