import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { type StatePaths, statePaths } from "./home.ts";

/** What a state directory knows of its repository: fixed when it was made, so that nothing is found again later (TRUST T5). */
export interface RepositoryRecord {
  readonly version: 1;
  readonly commonDir: string;
  /** The work tree in which `init` ran. */
  readonly workTree: string;
  readonly genesis: string;
  /** This clone's gate, as trust.yaml enrols it. */
  readonly gate: string;
  /** Absolute path of git. */
  readonly git: string;
  /** The person's home directory. Not from the environment of a hook: a project's settings can set that. */
  readonly home: string;
  /** The person's own scratch directory, for the same reason. */
  readonly tmp: string;
}

/** Writes the record of a state directory. */
export function writeRepositoryRecord(paths: StatePaths, record: RepositoryRecord): void {
  replaceFile(paths.repository, `${canonicalJson(record)}\n`);
}

/** Reads the record of a state directory. Throws `not-initialised` where there is none. */
export function readRepositoryRecord(paths: StatePaths): RepositoryRecord {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(paths.repository, "utf8"));
  } catch (error) {
    throw new MirrorError("not-initialised", `${paths.repository} cannot be read`, {
      cause: error,
      hint: "run `mirror init` in the repository",
    });
  }
  const record = parseRecord(value);
  if (record === null) {
    throw new MirrorError("not-initialised", `${paths.repository} is damaged`, {
      hint: "run `mirror init` in the repository",
    });
  }
  return record;
}

/** A repository's state and what it knows of it. */
interface FoundState {
  readonly paths: StatePaths;
  readonly record: RepositoryRecord;
}

/** Gives the states of all repositories with this git common directory. */
export function findStates(home: string, commonDir: string): FoundState[] {
  return findAllStates(home).filter(({ record }) => record.commonDir === commonDir);
}

/** Gives the states of all repositories. Throws `not-initialised` for one whose record is damaged. */
export function findAllStates(home: string): FoundState[] {
  return statesWithRecord(home).map((paths) => ({ paths, record: readRepositoryRecord(paths) }));
}

/** Tells whether any repository has a state below this MIRROR_HOME. */
export function hasStates(home: string): boolean {
  return statesWithRecord(home).length > 0;
}

function statesWithRecord(home: string): StatePaths[] {
  const parent = join(home, "repos");
  let names: string[];
  try {
    names = readdirSync(parent);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
  // What holds no record is no state: a stray file, or what a crash left of one that was being made.
  return names
    .map((name) => statePaths(home, join(parent, name)))
    .filter((paths) => existsSync(paths.repository));
}

function parseRecord(value: unknown): RepositoryRecord | null {
  if (typeof value !== "object" || value === null) return null;
  const record = value as Readonly<Record<string, unknown>>;
  const { version, commonDir, workTree, genesis, gate, git, home, tmp } = record;
  if (version !== 1) return null;
  if (![commonDir, workTree, genesis, gate, git, home, tmp].every((field) => typeof field === "string"))
    return null;
  return { version, commonDir, workTree, genesis, gate, git, home, tmp } as RepositoryRecord;
}
