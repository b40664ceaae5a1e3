import type { Word } from "../../model/command.ts";
import { combineRisks, type Risk } from "../../model/risk.ts";
import { type FileAction, risk } from "../path-risk.ts";
import { pathEffects, placeEffect } from "../paths.ts";
import { type Reading, treeReadEffects } from "../secret-walk.ts";
import type { EffectDraft, Invocation, Run, Surroundings } from "../understanding.ts";
import { hostOfWord, isLocalHost } from "../urls.ts";
import { belowWord, isOpen, openReasons } from "../words.ts";

const everything: Reading = { honoursIgnore: false, hidden: true, name: null };

/** Collects what one invocation does while its words are gone through. */
export class Doing {
  readonly invocation: Invocation;
  readonly surroundings: Surroundings;
  readonly effects: EffectDraft[] = [];
  readonly runs: Run[] = [];
  readonly opaque: Set<string> = new Set();
  readonly risks: Risk[] = [];
  /** Where relative paths start; null: not known. Options like `git -C` move it. */
  cwd: string | null;
  /** Only says what it would do: nothing is written, deleted or sent. */
  dry = false;
  /** A wrapper that is only looked through. */
  transparent = false;
  /** The directory from here on; undefined: unchanged. */
  nextCwd: string | null | undefined = undefined;
  /** The words as policies see them, where the entry changes them; null: as given. */
  argv: readonly Word[] | null = null;

  constructor(invocation: Invocation, surroundings: Surroundings) {
    this.invocation = invocation;
    this.surroundings = surroundings;
    this.cwd = invocation.cwd;
  }

  unsure(reason: string): void {
    this.opaque.add(reason);
  }

  /** Names why open words make it unsure. Static words and path patterns do not. */
  mustKnow(...words: readonly Word[]): void {
    for (const word of words) for (const reason of openReasons(word)) this.opaque.add(reason);
  }

  adds(risk: Risk): void {
    this.risks.push(risk);
  }

  read(word: Word, shape: "exact" | "tree" = "exact"): void {
    this.#path("fs.read", word, shape);
  }

  write(word: Word, shape: "exact" | "tree" = "exact"): void {
    if (!this.dry) this.#path("fs.write", word, shape);
  }

  remove(word: Word, shape: "exact" | "tree" = "exact"): void {
    if (!this.dry) this.#path("fs.delete", word, shape);
  }

  #path(action: FileAction, word: Word, shape: "exact" | "tree"): void {
    if (word === "-" || word === "") return;
    this.effects.push(...pathEffects(action, word, this.cwd, this.surroundings, shape));
  }

  /** Reads all files below: the tree, and each secret that a bounded walk finds in it. */
  readTree(word: Word, reading: Reading = everything): void {
    if (word === "-" || word === "") return;
    for (const effect of pathEffects("fs.read", word, this.cwd, this.surroundings, "tree")) {
      const narrowed = isOpen(word) && word.glob ? narrowedTo(word.text, reading) : reading;
      this.effects.push(...treeReadEffects(effect, narrowed, this.surroundings));
    }
  }

  /** Connects to the host a word names (URL, `host:port`, `user@host:path`). */
  connect(word: Word, direction: "fetch" | "send", extra: Risk | null = null): void {
    const host = hostOfWord(word);
    this.connectHost(host, direction, extra, host === null && !isOpen(word) ? [] : openReasons(word));
  }

  /** Connects to a host; null: one that the words do not name. */
  connectHost(
    host: string | null,
    direction: "fetch" | "send",
    extra: Risk | null = null,
    opaque: readonly string[] = [],
  ): void {
    const towards = this.dry ? "fetch" : direction;
    const local = host !== null && isLocalHost(host);
    // What is only set at a service says less than content that leaves.
    const sends = towards === "send" && !local && extra?.reasons.includes("changes-service") !== true;
    const own = sends ? risk("medium", "leaves-machine") : risk("low");
    const risks = [
      own,
      ...(extra === null || this.dry ? [] : [extra]),
      ...(opaque.length > 0 ? [risk("low", "opaque")] : []),
    ];
    this.effects.push({
      action: "net.connect",
      resource: { kind: "host", host, direction: towards },
      opaque: [...opaque],
      risk: combineRisks(risks),
    });
  }

  /** Runs another program with these words; nothing if there are none. */
  run(argv: readonly Word[], environment: ReadonlyMap<string, Word> | null = null): void {
    if (argv.length > 0) this.runs.push({ kind: "argv", argv, cwd: this.cwd, environment });
  }

  /** Runs shell text; text that is not known makes it unsure. */
  script(text: Word, cwd: string | null | undefined = undefined): void {
    if (isOpen(text)) {
      this.unsure(`runs text that ${openReasons(text)[0] ?? `depends on \`${text.text}\``}`);
      this.adds(risk("high", "runs-remote-code"));
      return;
    }
    if (text.trim() !== "") this.runs.push({ kind: "script", text, cwd: cwd === undefined ? this.cwd : cwd });
  }

  /** The text of a file that is run, with the effect of reading it; null where it cannot be read. */
  lookInto(word: Word): string | null {
    const [effect] = pathEffects("fs.read", word, this.cwd, this.surroundings);
    if (effect === undefined) return null;
    this.effects.push(effect);
    if (effect.resource.kind !== "path" || effect.resource.shape !== "exact") return null;
    return this.surroundings.world.readText(effect.resource.path, scriptLimit);
  }

  /** The word for any path below another (see words.ts). */
  below(root: Word, name: string | null, many: boolean): Word {
    if (isOpen(root)) return root.glob ? { ...root, text: `${root.text}/**/${name ?? "*"}`, many } : root;
    return belowWord(root, name, many);
  }

  /** Adds an effect on a place that is already known. */
  place(action: FileAction, path: string, shape: "exact" | "tree"): void {
    const resource = { kind: "path", shape, path, real: null } as const;
    this.effects.push(placeEffect(action, resource, [], this.surroundings));
  }

  /** Tells whether something of that name exists; false where the machine cannot be asked. */
  exists(word: Word): boolean {
    if (isOpen(word) || word === "" || this.cwd === null) return false;
    const path = word.startsWith("/") ? word : `${this.cwd}/${word.replace(/^\.\//, "")}`;
    const cut = path.replace(/\/+$/, "").lastIndexOf("/");
    const name = path.replace(/\/+$/, "").slice(cut + 1);
    return (
      this.surroundings.world.list(path.slice(0, cut) || "/")?.some((entry) => entry.name === name) ?? false
    );
  }
}

/** Bytes of a script that is looked into. */
const scriptLimit = 131_072;

/** Narrows what is read to what a pattern's last segment names, files or whole directories. */
function narrowedTo(pattern: string, reading: Reading): Reading {
  const name = pattern.slice(pattern.lastIndexOf("/") + 1);
  return name === "*" || name === "**" ? reading : { ...reading, name, namesDirectories: true };
}
