import { limits } from "../base/limits.ts";
import type { Problem } from "../base/problem.ts";
import { readBusSettings } from "./bus-settings.ts";
import type { ConsentMode } from "./consent-mode.ts";
import { readBudgets } from "./document-budgets.ts";
import { checkDocument } from "./document-check.ts";
import { readPolicy } from "./document-policy.ts";
import type {
  AgentDocument,
  BudgetDocument,
  MirrorDocument,
  PolicyDocument,
  TestsDocument,
} from "./document-shapes.ts";
import { readTrust } from "./document-trust.ts";
import { nearest } from "./nearest.ts";
import type {
  Binding,
  Config,
  DecisionTable,
  PlacedBudget,
  Policy,
  PolicySet,
  PolicySetFiles,
  Prices,
  Trust,
} from "./policy-set.ts";
import { readPrices } from "./prices.ts";
import type { DocumentKind } from "./schemas.ts";
import { readYaml, type YamlSource } from "./yaml.ts";

/** A policy set, or every mistake in its files. */
export interface ParsedPolicySet {
  /** Null if there is any problem. */
  readonly set: PolicySet | null;
  /** By file, then by place. */
  readonly problems: readonly Problem[];
}

/**
 * Parses and checks the files of a policy set. With `unsigned`, `trust.yaml` may be missing: nobody has taken the
 * set over with `mirror init` yet, and its trust is empty.
 */
export function parsePolicySet(
  files: PolicySetFiles,
  options: { readonly unsigned: boolean } = { unsigned: false },
): ParsedPolicySet {
  return new PolicySetParser().parse(files, options);
}

/** Parses policy sets one after the other: a file that stands as it stood in the one before is not read again. */
export class PolicySetParser {
  #documents: ReadonlyMap<string, ReadDocument> = new Map();

  /** As `parsePolicySet`. */
  parse(
    files: PolicySetFiles,
    options: { readonly unsigned: boolean } = { unsigned: false },
  ): ParsedPolicySet {
    const tooMuch = sizeProblem(files);
    if (tooMuch !== null) return { set: null, problems: [tooMuch] };
    const reader = new PolicySetReader(files, options.unsigned, this.#documents);
    const parsed = reader.read();
    this.#documents = reader.documents;
    return parsed;
  }
}

/** A file that was read. */
interface ReadDocument {
  readonly bytes: Uint8Array;
  /** Null if there is any problem. */
  readonly source: YamlSource | null;
  readonly problems: readonly Problem[];
}

const noTrust: Trust = { version: 1, signers: [], roles: new Map(), gates: [] };

class PolicySetReader {
  readonly #files: PolicySetFiles;
  readonly #unsigned: boolean;
  readonly #problems: Problem[] = [];
  readonly #before: ReadonlyMap<string, ReadDocument>;
  /** What was read, by file. */
  readonly documents = new Map<string, ReadDocument>();

  /** `before`: what was read of another set. */
  constructor(files: PolicySetFiles, unsigned: boolean, before: ReadonlyMap<string, ReadDocument>) {
    this.#files = files;
    this.#unsigned = unsigned;
    this.#before = before;
  }

  read(): ParsedPolicySet {
    for (const file of this.#files.keys()) this.#refuseUnknownFile(file);
    const config = this.#config();
    const trust = this.#trust();
    const policies = this.#each("policies", "policy", (source): Policy => {
      const { policy, problems } = readPolicy(source);
      this.#problems.push(...problems);
      return { ...policy, budgets: this.#budgets(source, (source.value as PolicyDocument).budgets) };
    });
    const agents = this.#each("agents", "agent", (source) => this.#binding(source));
    const tests = this.#each("tests", "tests", (source) => this.#table(source));
    const prices = this.#prices();
    const problems = this.#problems.sort(byPlace);
    const whole = problems.length === 0 && config !== null && trust !== null;
    return { set: whole ? { config, trust, policies, agents, tests, prices } : null, problems };
  }

  #config(): Config | null {
    const source = this.#source("mirror.yaml", "mirror");
    if (source === null) return null;
    const document = source.value as MirrorDocument;
    const { policy_branch: policyBranch, otherwise, unenrolled = null, unattended = null } = document;
    const budgets = this.#budgets(source, document.budgets);
    const bus = readBusSettings(document.bus);
    return { version: 1, policyBranch, otherwise: { ...otherwise }, unenrolled, unattended, budgets, bus };
  }

  #prices(): Prices | null {
    const source = this.#files.has("prices.yaml") ? this.#source("prices.yaml", "prices") : null;
    if (source === null) return null;
    const { prices, problems } = readPrices(source);
    this.#problems.push(...problems);
    return prices;
  }

  #trust(): Trust | null {
    if (this.#unsigned && !this.#files.has("trust.yaml")) return noTrust;
    const source = this.#source("trust.yaml", "trust");
    if (source === null) return null;
    const { trust, problems } = readTrust(source, this.#files);
    this.#problems.push(...problems);
    return trust;
  }

  #binding(source: YamlSource): Binding {
    const document = source.value as AgentDocument;
    for (const [index, id] of document.policies.entries()) {
      this.#refer(source, `/policies/${index}`, "policies", id, "policy");
    }
    const budgets = this.#budgets(source, document.budgets);
    const { description = null, record = "redacted", consent = "client", notify = null } = document;
    const { usage = "bus" } = document;
    this.#checkNotify(source, consent, notify);
    return { ...document, version: 1, description, record, consent, notify, usage, budgets };
  }

  #checkNotify(source: YamlSource, consent: ConsentMode, notify: readonly string[] | null): void {
    if (notify === null) return;
    const refuse = (pointer: string, message: string): void =>
      void this.#problems.push({ ...source.at(pointer), code: "misfit", message, hint: null });
    if (consent === "client")
      refuse("/notify", "found `notify` where no ask waits, expected `consent: wait` or `signed` beside it");
    // The gate has no PATH of the person's, and a relative path would lie where an agent may write.
    if (notify[0]?.startsWith("/") !== true)
      refuse("/notify/0", `found the program \`${notify[0]}\`, expected an absolute path`);
  }

  #budgets(source: YamlSource, documents: readonly BudgetDocument[] = []): PlacedBudget[] {
    const { budgets, problems } = readBudgets(source, documents);
    this.#problems.push(...problems);
    return budgets;
  }

  #table(source: YamlSource): DecisionTable {
    const document = source.value as TestsDocument;
    const { agent = null, policies = null } = document;
    if ((agent === null) === (policies === null)) {
      const message = `found ${agent === null ? "neither `agent` nor" : "both `agent` and"} \`policies\`, expected one of them`;
      this.#problems.push({ ...source.at(""), code: "misfit", message, hint: null });
    }
    if (agent !== null) this.#refer(source, "/agent", "agents", agent, "agent");
    for (const [index, id] of (policies ?? []).entries()) {
      this.#refer(source, `/policies/${index}`, "policies", id, "policy");
    }
    const cases = document.cases.map((each, index) => {
      const at = source.at(`/cases/${index}`);
      if ((each.command === undefined) === (each.tool === undefined)) {
        const message = `found ${each.tool === undefined ? "neither `command` nor" : "both `command` and"} \`tool\`, expected one of them`;
        this.#problems.push({ ...at, code: "misfit", message, hint: null });
      }
      if (each.input !== undefined && each.tool === undefined) {
        const message = "found `input` without `tool`";
        this.#problems.push({
          ...source.keyAt(`/cases/${index}/input`),
          code: "misfit",
          message,
          hint: null,
        });
      }
      return {
        command: each.command ?? null,
        tool: each.tool === undefined ? null : { name: each.tool, input: each.input ?? {} },
        after: [each.after ?? []].flat(),
        expect: each.expect,
        rule: each.rule ?? null,
        at,
      };
    });
    return { version: 1, id: document.id, agent, policies, cases };
  }

  #each<T>(directory: string, kind: DocumentKind, read: (source: YamlSource) => T): Map<string, T> {
    const documents = new Map<string, T>();
    for (const file of [...this.#files.keys()].sort()) {
      if (!file.startsWith(`${directory}/`) || !knownFile(file)) continue;
      const source = this.#source(file, kind);
      if (source === null) continue;
      const { id } = source.value as { readonly id: string };
      const expected = file.slice(directory.length + 1, -".yaml".length);
      if (id !== expected) {
        const message = `found the id \`${id}\` in \`${file}\`, expected \`${expected}\``;
        this.#problems.push({ ...source.at("/id"), code: "wrong-file-name", message, hint: null });
      }
      documents.set(id, read(source));
    }
    return documents;
  }

  #source(file: string, kind: DocumentKind): YamlSource | null {
    const bytes = this.#files.get(file);
    if (bytes === undefined) {
      const message = `found no \`${file}\`, expected one in every policy set`;
      this.#problems.push({ file, line: null, column: null, code: "missing-file", message, hint: null });
      return null;
    }
    const before = this.#before.get(file);
    const document =
      before !== undefined && Buffer.compare(before.bytes, bytes) === 0
        ? before
        : readDocument(file, kind, bytes);
    this.documents.set(file, document);
    this.#problems.push(...document.problems);
    return document.source;
  }

  /** Holds a reference to the files that are there, so that a mistake in the file it names is told once. */
  #refer(source: YamlSource, pointer: string, directory: string, id: string, what: string): void {
    if (this.#files.has(`${directory}/${id}.yaml`)) return;
    const known = [...this.#files.keys()]
      .filter((file) => file.startsWith(`${directory}/`) && knownFile(file))
      .map((file) => file.slice(directory.length + 1, -".yaml".length));
    const meant = nearest(id, known);
    this.#problems.push({
      ...source.at(pointer),
      code: `unknown-${what}`,
      message: `found no ${what} \`${id}\``,
      hint: meant === null ? `expected \`${directory}/${id}.yaml\`` : `did you mean \`${meant}\`?`,
    });
  }

  #refuseUnknownFile(file: string): void {
    if (knownFile(file) || file.startsWith("memory/")) return;
    const renamed = file.replace(/\.(yml|json)$/i, ".yaml");
    this.#problems.push({
      file,
      line: null,
      column: null,
      code: "unknown-file",
      message: "found a file that has no place in a policy set",
      hint: knownFile(renamed) ? `name it \`${renamed}\`` : "see docs/policies.md for the files there are",
    });
  }
}

/** A file's path says of what kind it is. */
function readDocument(file: string, kind: DocumentKind, bytes: Uint8Array): ReadDocument {
  const { source, problems } = readYaml(file, bytes);
  if (source === null) return { bytes, source, problems };
  const mistakes = checkDocument(kind, source);
  return { bytes, source: mistakes.length === 0 ? source : null, problems: mistakes };
}

function knownFile(file: string): boolean {
  return (
    file === "mirror.yaml" ||
    file === "trust.yaml" ||
    file === "prices.yaml" ||
    /^keys\/[A-Za-z0-9][A-Za-z0-9._-]*\.(asc|pub)$/.test(file) ||
    /^(policies|agents|tests)\/[a-z0-9][a-z0-9-]{0,62}\.yaml$/.test(file)
  );
}

function sizeProblem(files: PolicySetFiles): Problem | null {
  let bytes = 0;
  for (const content of files.values()) bytes += content.length;
  const whole = { file: ".mirror", line: null, column: null, code: "too-large", hint: null };
  if (files.size > limits.policySetFiles) {
    return { ...whole, message: `found ${files.size} files, expected at most ${limits.policySetFiles}` };
  }
  if (bytes > limits.policySetBytes) {
    return { ...whole, message: `found ${bytes} bytes, expected at most ${limits.policySetBytes}` };
  }
  return null;
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
