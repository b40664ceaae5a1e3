import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { MirrorError } from "../base/errors.ts";
import { type Provider, providers } from "../bus/provider.ts";
import { tokenPrefix } from "../bus/tokens.ts";
import { checkDocument } from "../model/document-check.ts";
import type { BusKeysDocument } from "../model/document-shapes.ts";
import { readYaml } from "../model/yaml.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import type { Environment } from "./home.ts";

/** Where a person keeps keys in the environment, by API; the first that is set counts. */
const keyVariables: Readonly<Record<Provider, readonly string[]>> = {
  anthropic: ["ANTHROPIC_API_KEY"],
  openai: ["OPENAI_API_KEY"],
  gemini: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
};

/** Milliseconds that a program has to print a key: somebody may have to unlock it. */
const patience = 120_000;

/**
 * Gathers the real keys: from the environment, else from the programs that the person's own `bus.yaml` below MIRROR_HOME
 * names. Never from the repository, which an agent may write to. Throws `no-key` where there is none.
 */
export function gatherKeys(
  home: string,
  environment: Environment,
): Readonly<Partial<Record<Provider, string>>> {
  const path = join(home, "bus.yaml");
  const { keys: programs } = existsSync(path) ? readBusFile(path) : { keys: {} };
  const found = providers.flatMap((provider) => {
    const program = programs[provider];
    const key =
      fromEnvironment(provider, environment) ??
      (program === undefined ? null : printed(path, program, environment));
    return key === null ? [] : [[provider, checked(provider, key)] as const];
  });
  if (found.length > 0) return Object.fromEntries(found);
  const names = Object.values(keyVariables).flat().join(", ");
  throw new MirrorError(
    "no-key",
    `there is no key for the model bus: none of ${names} is set, and ${path} names no program`,
    {
      hint: "run it where one of them is set, or name a program that prints the key (docs/bus.md)",
    },
  );
}

function fromEnvironment(provider: Provider, environment: Environment): string | null {
  for (const name of keyVariables[provider]) {
    const value = environment[name];
    // A session's token stands in the key's place once `mirror bus env` has been read.
    if (value !== undefined && value !== "" && !value.startsWith(tokenPrefix)) return value;
  }
  return null;
}

function readBusFile(path: string): BusKeysDocument {
  const { source, problems } = readYaml(path, readPrivateFile(path));
  const mistakes = source === null ? problems : checkDocument("bus", source);
  if (source === null || mistakes.length > 0)
    throw new MirrorError("invalid-document", `${path} has mistakes`, { data: { problems: mistakes } });
  return source.value as BusKeysDocument;
}

function printed(path: string, [program = "", ...args]: readonly string[], environment: Environment): string {
  if (!isAbsolute(program))
    throw new MirrorError("bad-key", `${path} names the program \`${program}\`, expected an absolute path`);
  try {
    // Without a shell, away from the repository, and with the terminal for whoever has to unlock something.
    return execFileSync(program, args, {
      cwd: "/",
      env: { ...environment },
      encoding: "utf8",
      stdio: ["inherit", "pipe", "inherit"],
      timeout: patience,
    });
  } catch {
    // What it printed may be part of a key, and the error quotes it.
    throw new MirrorError("no-key", `the program \`${program}\` that ${path} names failed`, {
      hint: "run it yourself and see why",
    });
  }
}

function checked(provider: Provider, text: string): string {
  const key = text.trim();
  if (/^[\x21-\x7e]{1,4096}$/.test(key)) return key;
  throw new MirrorError("bad-key", `the key for ${provider} is no key: expected one word of ASCII`);
}
