import { dirname, isAbsolute, join } from "node:path/posix";
import { limits } from "../../base/limits.ts";
import type { Word } from "../../model/command.ts";
import { isUnder } from "../../model/places.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { guardedPaths } from "./guarded-paths.ts";
import { because, high } from "./program.ts";

/** Finds the nearest file of that name, upward from the working directory, inside the repository. */
function nearest(name: string, doing: Doing): { readonly path: string; readonly text: string } | null {
  const { places, world } = doing.surroundings;
  let directory = doing.cwd;
  while (directory !== null && places.repo.some((root) => isUnder(directory ?? "", root))) {
    const path = join(directory, name);
    const text = world.readText(path, limits.document);
    if (text !== null) return { path, text };
    directory = dirname(directory);
  }
  return null;
}

function scriptsOf(text: string): ReadonlyMap<string, string> | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof document !== "object" || document === null || !("scripts" in document)) return new Map();
  const { scripts } = document;
  if (typeof scripts !== "object" || scripts === null) return new Map();
  return new Map(
    Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/**
 * Runs a script of the nearest `package.json` with the scripts named `pre…` and `post…`, and further words behind
 * it. What cannot be found there is opaque. Tells whether it was found.
 */
export function runPackageScript(name: Word, words: readonly Word[], doing: Doing): boolean {
  doing.adds({ level: "low", reasons: ["runs-local-code"] });
  if (isOpen(name)) {
    doing.mustKnow(name);
    return false;
  }
  const file = nearest("package.json", doing);
  const scripts = file === null ? null : scriptsOf(file.text);
  const text = scripts?.get(name);
  if (file === null || scripts === null || text === undefined) {
    doing.unsure(because.repositoryCode);
    guardedPaths(doing, words);
    return false;
  }
  doing.read(file.path);
  const cwd = dirname(file.path);
  for (const part of [scripts.get(`pre${name}`), text, scripts.get(`post${name}`)]) {
    if (part === undefined) continue;
    doing.script(part === text ? withWords(text, words, doing) : part, cwd);
  }
  return true;
}

/** Further words go behind the script, quoted as npm quotes them. */
function withWords(text: string, words: readonly Word[], doing: Doing): string {
  doing.mustKnow(...words);
  const known = words.flatMap((word) => (isOpen(word) ? [] : [quote(word)]));
  return known.length === 0 ? text : `${text} ${known.join(" ")}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The scripts that installing runs by itself in this very package. */
export function runInstallScripts(doing: Doing): void {
  const file = nearest("package.json", doing);
  const scripts = file === null ? null : scriptsOf(file.text);
  for (const name of ["preinstall", "install", "postinstall", "prepare"]) {
    const text = scripts?.get(name);
    if (text !== undefined && file !== null) doing.script(text, dirname(file.path));
  }
}

/** Runs a recipe of the nearest `Makefile`; what make works out by itself is opaque. */
export function runMakeTargets(targets: readonly Word[], named: Word | null, doing: Doing): void {
  doing.adds({ level: "low", reasons: ["runs-local-code"] });
  const names = named === null ? ["GNUmakefile", "makefile", "Makefile"] : isOpen(named) ? [] : [named];
  for (const name of names) {
    const text =
      doing.cwd === null
        ? null
        : doing.surroundings.world.readText(isAbsolute(name) ? name : join(doing.cwd, name), limits.document);
    if (text === null) continue;
    doing.read(name);
    if (doing.effects.at(-1)?.risk.reasons.includes("outside-repository") === true) {
      doing.adds(high("runs-local-code"));
    }
    runRecipes(text, targets, doing);
    return;
  }
  if (named !== null) doing.read(named);
  if (named !== null && knownStart(named).startsWith("/")) doing.adds(high("runs-local-code"));
  doing.unsure(because.repositoryCode);
}

interface MakeRule {
  readonly needs: readonly string[];
  readonly lines: string[];
}

function runRecipes(text: string, targets: readonly Word[], doing: Doing): void {
  const { rules, first, simple } = readMakefile(text);
  const start = targets.length === 0 ? first : null;
  if (!simple || targets.some(isOpen) || (targets.length === 0 && start === null)) {
    doing.unsure("its Makefile works out what to run");
    return;
  }
  const lines: string[] = [];
  const seen = new Set<string>();
  const visit = (target: string): void => {
    if (seen.has(target) || seen.size > 200) return;
    seen.add(target);
    const rule = rules.get(target);
    if (rule === undefined) {
      if (start === target || targets.includes(target))
        doing.unsure(`\`${target}\` is no target of its Makefile`);
      return;
    }
    rule.needs.forEach(visit);
    lines.push(...rule.lines);
  };
  if (start !== null) visit(start);
  for (const target of targets) if (!isOpen(target)) visit(target);
  for (const line of lines) doing.script(line);
}

/** Reads plain rules. `simple` is false where something else may decide what runs: includes, `$(shell …)`, `$(eval …)`. */
function readMakefile(text: string): { rules: Map<string, MakeRule>; first: string | null; simple: boolean } {
  const rules = new Map<string, MakeRule>();
  let first: string | null = null;
  let current: MakeRule[] = [];
  const simple =
    !/^\s*-?s?include\b|\$[({](shell|eval|call|foreach|wildcard|guile|file)\b|^\s*define\b|!=|^\s*\.(SHELLFLAGS|ONESHELL)|^\s*SHELL\s*[:?]?=|^[^\t#=]*%[^=]*:/m.test(
      text,
    );
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    if (line.startsWith("\t")) {
      for (const rule of current) rule.lines.push(shellLine(line));
      continue;
    }
    const found = /^([^\s#:=][^#:=]*?)\s*::?(?!=)\s*([^#;]*)(?:;(.*))?/.exec(line);
    if (found === null) {
      if (line.trim() !== "" && !line.startsWith("#")) current = [];
      continue;
    }
    const needs = (found[2] ?? "").split(/\s+/).filter((need) => need !== "" && need !== "|");
    current = (found[1] ?? "").split(/\s+/).map((target) => {
      const known = rules.get(target);
      const rule = { needs: [...(known?.needs ?? []), ...needs], lines: known?.lines ?? [] };
      rules.set(target, rule);
      if (!target.startsWith(".")) first ??= target;
      return rule;
    });
    if (found[3] !== undefined) for (const rule of current) rule.lines.push(shellLine(found[3]));
  }
  return { rules, first, simple };
}

/** A recipe line as the shell sees it. make's own variables become shell variables nobody set: unknown. */
function shellLine(line: string): string {
  return line
    .replace(/^[\t ]*[@+-]*[\t ]*/, "")
    .replace(/\$\$|\$[({]([^)}]*)[)}]|\$(.)/g, (all, name: string | undefined, short: string | undefined) =>
      all === "$$" ? "$" : `\${MAKE_${(name ?? short ?? "").replace(/\W/g, "_")}}`,
    );
}

/** Runs a recipe of the nearest justfile. */
export function runJustRecipes(recipes: readonly Word[], doing: Doing): void {
  doing.adds({ level: "low", reasons: ["runs-local-code"] });
  const file = nearest("justfile", doing) ?? nearest("Justfile", doing) ?? nearest(".justfile", doing);
  const [recipe, ...words] = recipes;
  const lines =
    file === null || (recipe !== undefined && isOpen(recipe)) ? null : justLines(file.text, recipe ?? null);
  if (file === null || lines === null || words.length > 0) {
    doing.unsure(because.repositoryCode);
    return;
  }
  doing.read(file.path);
  for (const line of lines) doing.script(line, dirname(file.path));
}

/** The lines of one recipe; null where it is not there or not plain. */
function justLines(text: string, wanted: Word | null): string[] | null {
  const lines: string[] = [];
  let inside = false;
  let found = false;
  for (const line of text.split("\n")) {
    const head = /^@?([A-Za-z_][\w-]*)([^:=]*):(?!=)(.*)$/.exec(line);
    if (head !== null) {
      inside = !found && (wanted === null || head[1] === wanted);
      if (!inside) continue;
      found = true;
      if ((head[2] ?? "").trim() !== "" || (head[3] ?? "").replace(/#.*$/, "").trim() !== "") return null;
    } else if (inside && /^\s+\S/.test(line)) {
      if (/\{\{|^\s+#!/.test(line)) return null;
      lines.push(line.trim().replace(/^[@-]+/, ""));
    } else if (line.trim() !== "") inside = false;
  }
  return found ? lines : null;
}
