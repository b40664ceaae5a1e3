import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type {
  Binding,
  Config,
  DecisionTable,
  Policy,
  PolicySet,
  Prices,
  Role,
  Trust,
} from "../model/policy-set.ts";
import { replaceFile } from "./durable-file.ts";

/** Counts the changes of what a stored set holds: one of another form is parsed again. */
const form = 4;

/** A policy set as JSON can hold it. */
interface StoredSet {
  readonly form: number;
  readonly config: Config;
  readonly trust: Omit<Trust, "roles"> & { readonly roles: readonly (readonly [string, Role])[] };
  readonly policies: readonly (readonly [string, Policy])[];
  readonly agents: readonly (readonly [string, Binding])[];
  readonly tests: readonly (readonly [string, DecisionTable])[];
  readonly prices: Prices | null;
}

/**
 * Policy sets that were parsed and checked before, by digest: a gate that starts again need not parse them. Lies
 * under MIRROR_HOME, as everything does that a decision reads; deleting it costs only time. `engine` is the version
 * of mirror that parsed: another one parses again.
 */
export class SetCache {
  readonly #directory: string;
  readonly #engine: string;

  constructor(directory: string, engine: string) {
    this.#directory = directory;
    this.#engine = engine;
  }

  /** Gives the set with this digest; null if it is not there or cannot be read. */
  read(digest: string): PolicySet | null {
    const path = this.#path(digest);
    // A long walk asks for a thousand sets that are not there, and an error costs ten times as much as this look.
    if (!existsSync(path)) return null;
    let stored: StoredSet;
    try {
      stored = JSON.parse(readFileSync(path, "utf8"));
    } catch (error) {
      if (error instanceof SyntaxError || systemErrorCode(error) === "ENOENT") return null;
      throw error;
    }
    if (stored.form !== form) return null;
    const { config, trust, policies, agents, tests, prices } = stored;
    return {
      config,
      trust: { ...trust, roles: new Map(trust.roles) },
      policies: new Map(policies),
      agents: new Map(agents),
      tests: new Map(tests),
      prices,
    };
  }

  /** Keeps a set. */
  write(digest: string, set: PolicySet): void {
    const stored: StoredSet = {
      form,
      config: set.config,
      trust: { ...set.trust, roles: [...set.trust.roles] },
      policies: [...set.policies],
      agents: [...set.agents],
      tests: [...set.tests],
      prices: set.prices,
    };
    replaceFile(this.#path(digest), JSON.stringify(stored));
  }

  #path(digest: string): string {
    return join(this.#directory, `policy-set-${this.#engine}-${digest}.json`);
  }
}
