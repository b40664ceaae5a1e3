import { basename, dirname, isAbsolute, join, normalize } from "node:path/posix";
import type { OpenWord, Word } from "../model/command.ts";
import type { PathResource } from "../model/effect.ts";
import { combineRisks, type Risk } from "../model/risk.ts";
import { type FileAction, isBuildOutput, isNoRefName, pathRisk, risk } from "./path-risk.ts";
import { walkSecrets } from "./secret-search.ts";
import { looksSecret, mayLookSecret } from "./secrets.ts";
import type { EffectDraft, Surroundings } from "./understanding.ts";
import { globMatches, hasWildcard } from "./wildcards.ts";
import { dependsOn, isOpen } from "./words.ts";
import { noWorld, type World } from "./world.ts";

/** Matches that a glob may have before it is no longer looked at name by name. */
const matchLimit = 500;

/**
 * Gives the place a word names. Relative paths start at `cwd` (null: not known, so neither is the place);
 * a leading `~` is the home directory. A pattern keeps its wildcards (`glob`), one with a `**` segment is the
 * tree it starts at, and any other open word is `unknown`.
 */
export function pathResource(
  word: Word,
  cwd: string | null,
  surroundings: Surroundings,
  shape: "exact" | "tree" = "exact",
): PathResource {
  const text = isOpen(word) ? word.text : word;
  const unknown: PathResource = { kind: "path", shape: "unknown", path: text, real: null };
  if (isOpen(word) && !word.glob) return unknown;
  const path = absolutePath(text, cwd, surroundings.places.home);
  if (path === null || path.includes("\0")) return unknown;
  if (!isOpen(word) || !hasWildcard(text)) return resource(path, shape, surroundings);
  const deep = path.indexOf("/**");
  if (deep >= 0) return resource(wildcardRoot(path.slice(0, deep) || "/"), "tree", surroundings);
  return resource(path, "glob", surroundings);
}

function resource(path: string, shape: PathResource["shape"], surroundings: Surroundings): PathResource {
  return { kind: "path", shape, path, real: realNow({ shape, path }, surroundings.world) };
}

/** Gives the `real` of a place as its links lead now. */
export function realNow({ shape, path }: Pick<PathResource, "shape" | "path">, world: World): string | null {
  // A pattern's links are those on the way to its first wildcard.
  const start = shape === "glob" ? wildcardRoot(dirname(path)) : path;
  const real = world.realPath(start);
  return real === null || real === start ? null : join(real, path.slice(start.length));
}

/** Makes a path absolute and normalised, lexically; null where it starts at an unknown directory. */
export function absolutePath(text: string, cwd: string | null, home: string): string | null {
  const expanded = text === "~" || text.startsWith("~/") ? home + text.slice(1) : text;
  if (/^~[^/]/.test(expanded) || expanded === "") return null;
  if (!isAbsolute(expanded) && cwd === null) return null;
  const path = normalize(isAbsolute(expanded) ? expanded : join(cwd ?? "/", expanded)).replace(/^\/\/+/, "/");
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

/** The part of a pattern's directory that holds no wildcard. */
function wildcardRoot(pattern: string): string {
  let root = pattern;
  while (hasWildcard(root)) root = dirname(root);
  return root;
}

/** Devices that hold nothing: reading and writing them is no effect. */
const noDevice = /^\/dev\/(null|zero|full|u?random|tty|stdin|stdout|stderr|fd\/\d+|ptmx)$/;

/**
 * Gives the effects of reading, writing or deleting what a word names, with their risk: one effect, or one
 * for the pattern and one for each match that matters; none for `/dev/null` and its like.
 */
export function pathEffects(
  action: FileAction,
  word: Word,
  cwd: string | null,
  surroundings: Surroundings,
  shape: "exact" | "tree" = "exact",
): EffectDraft[] {
  const place = pathResource(word, cwd, surroundings, shape);
  if (place.shape === "exact" && noDevice.test(place.path)) return [];
  if (action !== "fs.read" && leadsNowhere(action, place, surroundings)) {
    const reason = `\`${place.path}\` leads nowhere yet`;
    return [placeEffect(action, { ...place, shape: "unknown" }, [reason], surroundings)];
  }
  const effect = placeEffect(action, place, unknownBecause(word, place), surroundings);
  if (action === "fs.delete" && place.shape === "tree" && namesBuildOutput(word)) {
    // Of a tree that holds more than files, git's refs say, some may have such a name, too.
    if (effect.risk.level !== "critical") return [{ ...effect, risk: softened(effect.risk) }];
    const parts = isNoRefName(basename(word.text)) ? partsBesideGuard(place.path, surroundings) : null;
    if (parts !== null) return parts;
  }
  if (place.shape === "glob") return [effect, ...matchEffects(action, place, shape, surroundings)];
  const deep = action === "fs.read" && place.shape === "tree" && isOpen(word) && shape === "exact";
  return deep ? [effect, ...deepEffects(word.text, place.path, surroundings)] : [effect];
}

/** `find . -name __pycache__` and the like: what is found in a tree, and not the tree, is deleted. */
function namesBuildOutput(word: Word): word is OpenWord {
  return isOpen(word) && word.glob && isBuildOutput(basename(word.text));
}

/**
 * Deleting build output from a whole repository: from each directory in it but those that guard it, where nothing has
 * such a name. Null where the machine cannot be asked.
 */
function partsBesideGuard(root: string, surroundings: Surroundings): EffectDraft[] | null {
  const guards = ({ risk }: EffectDraft) => risk.reasons.includes("changes-guard");
  if (guards(placeEffect("fs.delete", resource(root, "exact", surroundings), [], surroundings))) return null;
  const entries = surroundings.world.list(root);
  if (entries === null || entries.length > matchLimit) return null;
  return entries
    .filter(({ kind }) => kind === "directory")
    .map(({ name }) => resource(join(root, name), "tree", surroundings))
    .map((place) => placeEffect("fs.delete", place, [], surroundings))
    .filter((part) => !guards(part))
    .map((part) => ({ ...part, risk: softened(part.risk) }));
}

/** What is left of a tree's risk where only what builds make goes from it. */
function softened({ reasons }: Risk): Risk {
  const away = reasons.includes("outside-repository");
  return away ? risk("medium", "destroys-data", "outside-repository") : risk("low", "changes-files");
}

/** Tells whether a link on the way is one that leads nowhere (yet): then nobody knows what would be changed. */
function leadsNowhere(action: FileAction, place: PathResource, { world }: Surroundings): boolean {
  if (world === noWorld || (place.shape !== "exact" && place.shape !== "tree")) return false;
  if (world.realPath(place.path) !== null) return false;
  // Deleting a link takes the link itself, wherever it leads.
  const parent = dirname(place.path);
  const entries = action === "fs.delete" && world.realPath(parent) !== null ? world.list(parent) : null;
  return !entries?.some((entry) => entry.kind === "link" && entry.name === basename(place.path));
}

/** Secrets that one deep pattern names one by one. */
const namedSecrets = 100;

/** What a pattern with a `**` segment reads that its tree alone does not show: secrets, and links to them. */
function deepEffects(pattern: string, root: string, surroundings: Surroundings): EffectDraft[] {
  const tail = basename(pattern);
  const name = /^\*+$/.test(tail) ? null : tail;
  const named = name === null ? [] : namedByTail(join(root, name), surroundings);
  const reading = { honoursIgnore: false, hidden: true, name };
  const { secrets, links, complete } = walkSecrets(root, reading, surroundings);
  const found = [...secrets.map((path) => ({ path, shape: "exact" as const })), ...links];
  const effects = found
    .slice(0, namedSecrets)
    .map(({ path, shape }) => placeEffect("fs.read", resource(path, shape, surroundings), [], surroundings));
  // Names that are no secret's need no look at all of a large tree.
  const whole = complete || (name !== null && !mayLookSecret(join(root, name)));
  if (whole && found.length <= namedSecrets) return [...named, ...effects];
  const reason = `\`${root}\` holds more than mirror looks through`;
  const unsure = placeEffect("fs.read", resource(root, "tree", surroundings), [reason], surroundings);
  return [...named, ...effects, unsure];
}

/** A tail that is a secret's name says what is looked for; a pattern does where nobody can look what it finds. */
function namedByTail(path: string, surroundings: Surroundings): EffectDraft[] {
  const open = hasWildcard(basename(path));
  const asked = surroundings.world !== noWorld && !basename(path).startsWith(".");
  if (open ? asked || !mayLookSecret(path) : !looksSecret(path)) return [];
  const place: PathResource = { kind: "path", shape: open ? "glob" : "exact", path, real: null };
  return [placeEffect("fs.read", place, [], surroundings)];
}

/** Makes the effect of an action on a place, with its risk. */
export function placeEffect(
  action: FileAction,
  place: PathResource,
  opaque: readonly string[],
  surroundings: Surroundings,
): EffectDraft {
  const found = pathRisk(action, place, surroundings.places);
  const unsure = opaque.length > 0 ? combineRisks([found, risk("low", "opaque")]) : found;
  return { action, resource: place, opaque, risk: unsure };
}

function unknownBecause(word: Word, place: PathResource): string[] {
  if (place.shape !== "unknown") return [];
  if (isOpen(word) && !word.glob) return [dependsOn(word)];
  return [`\`${place.path}\` starts at a directory that is not known`];
}

/** What a pattern finds and the pattern alone does not show: secrets, links, and whole trees. */
function matchEffects(
  action: FileAction,
  place: PathResource,
  shape: "exact" | "tree",
  surroundings: Surroundings,
): EffectDraft[] {
  const matches = expandPattern(place.path, surroundings);
  if (matches === null) {
    if (shape === "exact") return [];
    const root = wildcardRoot(dirname(place.path));
    return [
      { ...placeEffect(action, resource(root, "tree", surroundings), [], surroundings), risk: risk("low") },
    ];
  }
  const wanted = matches.filter(
    (match) =>
      looksSecret(match.path) || match.kind === "link" || (shape === "tree" && match.kind === "directory"),
  );
  return wanted.map((match) =>
    placeEffect(
      action,
      resource(match.path, match.kind === "directory" ? shape : "exact", surroundings),
      [],
      surroundings,
    ),
  );
}

interface Match {
  readonly path: string;
  readonly kind: "file" | "directory" | "link" | "other";
}

/** Lists what a pattern matches; null where the machine cannot be asked or there is too much. */
function expandPattern(pattern: string, surroundings: Surroundings): Match[] | null {
  let found: Match[] = [{ path: "/", kind: "directory" }];
  for (const segment of pattern.split("/").filter((part) => part !== "")) {
    const next: Match[] = [];
    for (const { path, kind } of found) {
      if (kind === "file" || kind === "other") continue;
      if (!hasWildcard(segment)) {
        next.push({ path: join(path, segment), kind: "directory" });
        continue;
      }
      const entries = surroundings.world.list(path);
      if (entries === null) {
        if (path === wildcardRoot(pattern)) return null;
        continue;
      }
      for (const entry of entries) {
        if (globMatches(segment, entry.name)) next.push({ path: join(path, entry.name), kind: entry.kind });
      }
      if (next.length > matchLimit) return null;
    }
    found = next;
  }
  return found;
}
