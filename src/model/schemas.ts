import { budgetUnits, budgetWindows } from "./budget.ts";
import { clientIds } from "./call.ts";
import { consentModes } from "./consent-mode.ts";
import { actions } from "./effect.ts";
import { recordModes } from "./record-mode.ts";
import { riskLevels } from "./risk.ts";
import { busKeysSchema, busSettings, pricesSchema } from "./schema-bus.ts";
import {
  action,
  conditions,
  id,
  line,
  list,
  object,
  oneOrMany,
  riskReasonsBefore,
  type Schema,
  text,
  version,
  word,
} from "./schema-parts.ts";
import { usageSources } from "./usage-source.ts";

/** The kinds of documents. `fact` is the front matter of a memory entry, `bus` a person's own file. */
export type DocumentKind = "mirror" | "trust" | "policy" | "agent" | "tests" | "prices" | "fact" | "bus";

const branch = text(
  "Branch that carries the policy set, without `refs/heads/`.",
  "a branch name",
  "^(?![-/.])(?!.*(\\.\\.|//|/\\.|@\\{|\\.lock(/|$)))[^\\u0000-\\u0020\\u007F~^:?*\\[\\\\]+(?<![/.])$",
);

const budgets = (description: string): Schema => ({
  description,
  type: "array",
  maxItems: 32,
  items: object("One limit.", ["id", "unit", "limit", "window"], {
    id: id("Names the budget in the binding."),
    unit: word(
      "What is counted: tool calls, seconds that they run, files that they write or delete, bytes that they write, hosts that they reach; tokens and US dollars of model calls.",
      budgetUnits,
    ),
    limit: { description: "How many; whole ones, but of seconds and dollars.", type: "number", minimum: 0 },
    window: word("Over what: hours, days, weeks and months are UTC's.", budgetWindows),
    action: word("Counts only what is of this action.", actions),
    risk: word("Counts only calls of at least this risk.", riskLevels),
    share: {
      description:
        "Splits the limit over gates: how many hundredths each has, by its id. One that is not named has nothing.",
      type: "object",
      propertyNames: id("A gate's id."),
      additionalProperties: {
        description: "Hundredths of the limit.",
        type: "integer",
        minimum: 0,
        maximum: 100,
      },
      minProperties: 1,
    },
  }),
});

const mirror = object("What holds for the whole repository.", ["version", "policy_branch"], {
  version,
  policy_branch: branch,
  otherwise: {
    ...object(
      "The verdict where no rule matches, for each action. `deny` where nothing is said.",
      [],
      Object.fromEntries(
        actions.map((name) => [name, word(`Where no rule matches ${name}.`, ["ask", "deny"])]),
      ),
    ),
  },
  unenrolled: word("`deny`: a gate that trust.yaml does not enrol denies every call.", ["deny"]),
  unattended: word("`deny`: what asks is denied where nobody is there to answer.", ["deny"]),
  budgets: budgets("How much all agents together may use."),
  bus: busSettings,
});

const keyFile = text(
  "Path of the public key.",
  "`keys/<name>.asc` or `keys/<name>.pub`",
  "^keys/[A-Za-z0-9][A-Za-z0-9._-]*\\.(asc|pub)$",
);
const fingerprint = text(
  "OpenPGP: the full primary fingerprint. SSH: `SHA256:…` as ssh-keygen prints it.",
  "a full fingerprint (40 or 64 upper-case hex digits, or `SHA256:` and 43 base64 characters)",
  "^([0-9A-F]{40}|[0-9A-F]{64}|SHA256:[A-Za-z0-9+/]{43})$",
);

const signer = object("A person who may sign.", ["id", "name", "keys"], {
  id: id("Names the signer in roles and approvals."),
  name: line("The person's name."),
  email: text("The person's address.", "an e-mail address", "^[^\\s@<>]+@[^\\s@<>]+$"),
  keys: {
    description: "The person's keys.",
    type: "array",
    items: object("A public key.", ["file", "fingerprint"], { file: keyFile, fingerprint }),
    minItems: 1,
  },
});

const role = object("A job: who does it, and how many of them it takes.", ["signers", "threshold", "paths"], {
  signers: list("Ids of the signers who hold the role.", id("A signer's id.")),
  threshold: { description: "How many distinct signers must approve.", type: "integer", minimum: 1 },
  widening_threshold: {
    description:
      "How many of them must approve a change that may permit more. `threshold` where nothing is said.",
    type: "integer",
    minimum: 1,
  },
  wanted: {
    description: "What the threshold is to be; with fewer signers, as many as there are.",
    type: "integer",
    minimum: 1,
  },
  paths: list(
    "Patterns of the paths below `.mirror/` that the role owns.",
    text("A pattern: `policies/**`.", "a path pattern below `.mirror/`", "^[^/~$].*$"),
  ),
});

const trust = object("Who may change what in `.mirror/`.", ["version", "signers", "roles"], {
  version,
  signers: { description: "The people who may sign.", type: "array", items: signer },
  roles: {
    description: "Roles by name; `trust`, `policies`, `agents` and `memory` must be there.",
    type: "object",
    required: ["trust", "policies", "agents", "memory"],
    propertyNames: id("A role's name."),
    additionalProperties: role,
    properties: { trust: role, policies: role, agents: role, memory: role },
  },
  gates: {
    description: "Gates whose receipts count.",
    type: "array",
    items: object("A gate.", ["id", "file", "fingerprint"], {
      id: id("The gate's id."),
      file: keyFile,
      fingerprint,
      revoked: object("None of its receipts after this one counts.", ["seq", "head"], {
        seq: { description: "The last receipt's sequence number.", type: "integer", minimum: 0 },
        head: text("The commit of that receipt.", "a commit id of 40 hex digits", "^[0-9a-f]{40}$"),
      }),
    }),
  },
});

const examples = (description: string): Schema =>
  list(description, {
    title: "a shell command",
    description: "A shell command.",
    type: "string",
    minLength: 1,
    maxLength: 4096,
  });

const rule = object("One rule.", ["id", "verdict", "action"], {
  id: id("Names the rule in its policy."),
  verdict: word("What the rule says: deny wins over ask, ask over allow.", ["allow", "ask", "deny"]),
  action,
  ...conditions,
  unless: { ...object("The rule does not speak where all of these hold.", [], conditions), minProperties: 1 },
  opaque: {
    ...word("`allow`: accepts what the analysis cannot see of exactly the commands named.", ["allow"]),
  },
  reason: line("For people, in every answer this rule gives."),
  match: examples("Commands that this rule must match."),
  not_match: examples("Commands that this rule must not match."),
});

const policy = object("Rules that belong together.", ["version", "id", "rules"], {
  version,
  id: id("The file's name without `.yaml`."),
  rules: { description: "The rules. Their order means nothing.", type: "array", items: rule },
  budgets: budgets("How much all agents together may use that the policy holds for."),
});

const agent = object("What holds for one agent.", ["version", "id", "clients", "policies"], {
  version,
  id: id("The file's name without `.yaml`."),
  description: line("What the agent is for."),
  clients: { ...list("Clients that may speak for the agent.", word("A client.", clientIds)), minItems: 1 },
  policies: list("Ids of the policies that hold for the agent, all together.", id("A policy's id.")),
  record: word(
    "What of its tool inputs is kept beside the receipts, in a ref of its own. `redacted` where nothing is said; `encrypted`: to the trust role's OpenPGP keys.",
    recordModes,
  ),
  consent: word(
    "Where a person answers an ask: in the client's prompt (where nothing is said), or by a signature that the call waits for.",
    consentModes,
  ),
  notify: {
    description:
      "A program that is told of an ask which waits: its absolute path and arguments; what is asked comes last.",
    type: "array",
    minItems: 1,
    maxItems: 16,
    items: line("The program, or an argument."),
  },
  usage: word(
    "Where it is read what its model calls take: at the model bus (where nothing is said), or in its clients' transcripts.",
    usageSources,
  ),
  budgets: budgets("How much the agent may use, its subagents counted in."),
});

const decisionCase = object("One call and what must be decided of it.", ["expect"], {
  command: { title: "a shell command", description: "A shell command.", type: "string", minLength: 1 },
  tool: line("A client's tool, instead of `command`."),
  input: { description: "The tool's input.", type: "object" },
  after: riskReasonsBefore("What the session did before. Nothing where nothing is said."),
  expect: word("The decision.", ["allow", "ask", "deny"]),
  rule: text(
    "A rule that must be among the reasons: `base/no-secrets`.",
    "`<policy>/<rule>`",
    "^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9.-]*$",
  ),
});

const tests = object("A decision table.", ["version", "id", "cases"], {
  version,
  id: id("The file's name without `.yaml`."),
  agent: id("The agent that makes the calls."),
  policies: {
    ...list("Policies to try by themselves, instead of `agent`.", id("A policy's id.")),
    minItems: 1,
  },
  cases: { description: "The calls.", type: "array", items: decisionCase },
});

const fact = object("A memory entry.", ["id", "subject", "source", "status", "created"], {
  id: id("The file's name without `.md`."),
  subject: line("What the fact is about."),
  statement: line("The fact in one sentence; without it, the text below the front matter is the fact."),
  source: object("Where the fact comes from.", ["kind", "ref"], {
    kind: word("What `ref` names.", ["person", "agent", "receipt", "commit", "file", "url"]),
    ref: line("A signer or agent id, a receipt or commit id, a path, an address."),
  }),
  status: word("`proposed` until a person approves it.", ["proposed", "established"]),
  created: text(
    "When it was written down, in UTC.",
    "a date, or a time in UTC",
    "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z)?$",
  ),
  tags: oneOrMany("Words to find it by.", "a tag"),
});

/** Where an editor finds the schema: in the published package, as any npm mirror serves its files. */
export function schemaAddress(kind: DocumentKind): string {
  return `https://unpkg.com/@mirroros/mirror/dist/schemas/${kind}.schema.json`;
}

function schema(name: DocumentKind, content: Schema): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: schemaAddress(name),
    ...content,
  };
}

/** JSON Schemas (2020-12) of every document, by kind. They ship as `dist/schemas/<kind>.schema.json`. */
export const schemas: Readonly<Record<DocumentKind, Schema>> = {
  mirror: schema("mirror", mirror),
  trust: schema("trust", trust),
  policy: schema("policy", policy),
  agent: schema("agent", agent),
  tests: schema("tests", tests),
  prices: schema("prices", pricesSchema),
  fact: schema("fact", fact),
  bus: schema("bus", busKeysSchema),
};
