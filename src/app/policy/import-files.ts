import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { MirrorError, systemErrorCode } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { RuleFile } from "../../clients/client-rule.ts";
import { dialect } from "../../clients/dialect.ts";
import type { Scope } from "../../clients/hook-dialect.ts";
import type { Environment } from "../home.ts";
import { userSettingsFile } from "../settings-place.ts";

/** Where rules may lie. */
export interface RulePlace {
  readonly scope: Scope;
  /** A file, or with `ending` a directory of files whose names end so. */
  readonly path: string;
  readonly ending?: string;
}

/** Where Claude Code's settings are. */
export function claudeSettingsPlaces(workTree: string, environment: Environment): RulePlace[] {
  const speak = dialect("claude-code");
  const inTree = (["project", "local"] as const).map(
    (scope): RulePlace => ({ scope, path: join(workTree, speak.settingsFile(scope).path) }),
  );
  return [...inTree, { scope: "user", path: userSettingsFile(speak, environment) }];
}

/** Where Codex's rules are: CODEX_HOME moves the person's own. */
export function codexRulePlaces(workTree: string, environment: Environment): RulePlace[] {
  const own = environment["CODEX_HOME"] || join(homeOf(environment), ".codex");
  return [
    { scope: "project", path: join(workTree, ".codex/rules"), ending: ".rules" },
    { scope: "user", path: join(own, "rules"), ending: ".rules" },
  ];
}

/** Where Gemini CLI's policies are: GEMINI_CLI_HOME stands for the home directory. */
export function geminiPolicyPlaces(workTree: string, environment: Environment): RulePlace[] {
  const home = environment["GEMINI_CLI_HOME"] || homeOf(environment);
  return [
    { scope: "project", path: join(workTree, ".gemini/policies"), ending: ".toml" },
    { scope: "user", path: join(home, ".gemini/policies"), ending: ".toml" },
  ];
}

function homeOf(environment: Environment): string {
  return environment["HOME"] ?? homedir();
}

/** Reads what lies at these places, in the order of the names. Throws `usage` for a file that cannot be read. */
export function readRuleFiles(
  places: readonly RulePlace[],
  workTree: string,
  environment: Environment,
): RuleFile[] {
  const home = homeOf(environment);
  const named = (path: string): string => {
    const below = [workTree, home].map((root) => relative(root, path));
    const [inTree = "", atHome = ""] = below;
    if (!inTree.startsWith("..")) return inTree;
    return atHome.startsWith("..") ? path : `~/${atHome}`;
  };
  return places.flatMap(({ scope, path, ending }) => {
    const paths = ending === undefined ? [path] : filesOf(path, ending);
    return paths.flatMap((each) => {
      const text = readText(each);
      return text === null ? [] : [{ name: named(each), scope, text }];
    });
  });
}

function filesOf(directory: string, ending: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(ending));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(directory, error);
  }
}

/** Null: there is no such file. */
function readText(path: string): string | null {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return null;
    if (stats.size > limits.document) {
      throw new MirrorError(
        "too-large",
        `${path} has ${stats.size} bytes, expected at most ${limits.document}`,
        { hint: "move out of it what is no rule, or write the policy by hand: `mirror policy propose`" },
      );
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw unreadable(path, error);
  }
}

function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadable(path: string, error: unknown): unknown {
  const code = error instanceof MirrorError ? null : systemErrorCode(error);
  return code === null
    ? error
    : new MirrorError("usage", `${path} cannot be read (${code})`, {
        cause: error,
        hint: "see that it is yours to read",
      });
}
