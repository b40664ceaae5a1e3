import { formatTime } from "../base/clock.ts";
import {
  budgetUnits,
  type CallAmounts,
  type Settlement,
  type Spend,
  windowOfLabel,
} from "../model/budget.ts";
import type { Command, OpenWord, Word } from "../model/command.ts";
import type { Grant, GrantedEffect } from "../model/consent.ts";
import {
  type ChangingFile,
  type Decision,
  type DecisionInput,
  languageVersion,
  type Reason,
} from "../model/decision.ts";
import {
  type AgentResource,
  type Analysis,
  actions,
  type CommandResource,
  type Effect,
  type HostResource,
  type McpResource,
  type PathResource,
  type Resource,
  type ToolResource,
} from "../model/effect.ts";
import { isId } from "../model/id.ts";
import type { ChargedTokens, ModelTokens } from "../model/model-use.ts";
import type { Places } from "../model/places.ts";
import type {
  AdoptBody,
  ApprovalBody,
  DecisionBody,
  Evidence,
  GapBody,
  GenesisBody,
  GivenGrant,
  GivenTopUp,
  GrantBody,
  KeptContent,
  OutcomeBody,
  Receipt,
  ReceiptHeader,
  RemovedValue,
  SessionBody,
  SignedConsent,
  SpendBody,
  UsageReport,
} from "../model/receipt.ts";
import type { CountedMessage } from "../model/reported-use.ts";
import { type Risk, riskLevels, riskReasons } from "../model/risk.ts";
import type { Verdict } from "../model/verdict.ts";
import {
  byMember,
  count,
  list,
  type Members,
  matching,
  oneOf,
  optional,
  orNull,
  record,
  type Shape,
  text,
  truth,
  where,
} from "./shape.ts";

type EvidenceObject = Evidence["objects"][number];

const id: Shape<string> = where("an id", (value) => typeof value === "string" && isId(value));
const objectId = matching("a git object id", /^[0-9a-f]{40}$/);
const lineage = matching("64 hex digits", /^[0-9a-f]{64}$/);
const digest = matching("a `sha256:` digest", /^sha256:[0-9a-f]{64}$/);
const commitment = matching("a salted commitment", /^[0-9a-f]{32}:[0-9a-f]{64}$/);
const time: Shape<string> = where("a time as `2026-11-23T06:35:00.000Z`", isTime);
const mac = matching("64 hex digits", /^[0-9a-f]{64}$/);
const base64: Shape<string> = where(
  "base64",
  (value) => typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value,
);
/** Milliseconds; clients may give parts of one. */
const duration: Shape<number> = where("a number from 0", (value) => typeof value === "number" && value >= 0);
const verdict: Shape<Verdict> = oneOf(["allow", "ask", "deny"]);

function isTime(value: unknown): boolean {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  const milliseconds = Date.parse(value);
  return milliseconds >= 0 && formatTime(milliseconds) === value;
}

const word: Shape<Word> = (value, at, problems) => {
  if (typeof value !== "string") openWord(value, at, problems);
};
const openWord = record<OpenWord>({
  text,
  parts: list(orNull(text)),
  many: truth,
  glob: truth,
});
const command = record<Command>({ argv: list(word), parent: orNull(count) });

const risk = record<Risk>({ level: oneOf(riskLevels), reasons: list(oneOf(riskReasons)) });

const resource = byMember<Resource>("kind", {
  path: record<PathResource>({
    kind: oneOf(["path"]),
    shape: oneOf(["exact", "glob", "tree", "unknown"]),
    path: text,
    real: orNull(text),
  }),
  host: record<HostResource>({
    kind: oneOf(["host"]),
    host: orNull(text),
    direction: oneOf(["fetch", "send"]),
  }),
  command: record<CommandResource>({ kind: oneOf(["command"]) }),
  mcp: record<McpResource>({ kind: oneOf(["mcp"]), server: text, tool: text }),
  agent: record<AgentResource>({ kind: oneOf(["agent"]), type: text }),
  tool: record<ToolResource>({ kind: oneOf(["tool"]), name: text }),
});

const effect = record<Effect>({
  action: oneOf(actions),
  resource,
  opaque: list(text),
  command: orNull(count),
  risk,
});

const analysis = record<Analysis>({ commands: list(command), effects: list(effect), risk });

const places = record<Places>({
  repo: list(text),
  home: text,
  tmp: list(text),
  git: list(text),
  mirror: list(text),
});

const changer: Shape<ChangingFile["by"]> = (value, at, problems) => {
  if (value !== "itself") orNull(count)(value, at, problems);
};

const windowLabel: Shape<string> = where(
  "the label of a budget's window",
  (value) => typeof value === "string" && windowOfLabel(value) !== null,
);

const grantedEffects = list(
  record<GrantedEffect>({ action: oneOf(actions), resource, chain: list(list(text)) }),
);

const spend = record<Spend>({
  budget: text,
  window: windowLabel,
  unit: optional(oneOf(budgetUnits)),
  used: count,
  elsewhere: optional(count),
  cost: count,
  more: optional(count),
});

const whole: Shape<number> = where(
  "a whole number",
  (value) => typeof value === "number" && Number.isSafeInteger(value),
);

const settlement = record<Settlement>({
  budget: text,
  window: windowLabel,
  unit: oneOf(budgetUnits),
  by: whole,
});

const chargedTokens = record<ChargedTokens>({
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  longCacheWrite: count,
});

const signedConsent = record<SignedConsent>({ by: id, text, signature: text });

const decisionInput = record<DecisionInput>({
  language: oneOf([languageVersion]),
  agent: id,
  subagent: orNull(id),
  session: text,
  client: text,
  tool: text,
  places,
  analysis,
  changing: list(record<ChangingFile>({ path: text, by: changer })),
  unattended: optional(text),
  grants: optional(list(record<Grant>({ receipt: count, effects: grantedEffects }))),
  spend: optional(list(spend)),
  amounts: optional(record<CallAmounts>({ bytes: count, milliseconds: count })),
  after: optional(list(oneOf(riskReasons))),
});

const decision = record<Decision>({
  verdict,
  reasons: list(record<Reason>({ rule: text, verdict, message: text, effects: list(count) })),
});

const evidence = record<Evidence>({
  objects: list(record<EvidenceObject>({ type: oneOf(["commit", "tree", "blob"]), data: base64 })),
});

const header: Members<ReceiptHeader> = {
  version: oneOf([1]),
  gate: id,
  seq: count,
  time,
  prev: orNull(digest),
  policySet: digest,
  epoch: count,
  lineage,
  assurance: oneOf(["hook", "sandbox", "separate-user", "witnessed"]),
  engine: text,
};

/** What a receipt of version 1 looks like, by its kind. */
export const receiptShape: Shape<Receipt> = byMember<Receipt>("kind", {
  genesis: record<ReceiptHeader & GenesisBody>({
    ...header,
    kind: oneOf(["genesis"]),
    genesis: objectId,
    evidence,
  }),
  adopt: record<ReceiptHeader & AdoptBody>({
    ...header,
    kind: oneOf(["adopt"]),
    commit: objectId,
    parentLineage: lineage,
    approvedBy: list(id),
    evidence,
  }),
  decision: record<ReceiptHeader & DecisionBody>({
    ...header,
    kind: oneOf(["decision"]),
    input: decisionInput,
    decision,
    replay: oneOf(["plain", "sealed"]),
    call: orNull(mac),
    commitment,
    removed: optional(list(record<RemovedValue>({ kind: text, commitment }))),
    contents: optional(list(record<KeptContent>({ field: text, size: count, commitment }))),
    ground: orNull(commitment),
    claimedPid: orNull(count),
  }),
  outcome: record<ReceiptHeader & OutcomeBody>({
    ...header,
    kind: oneOf(["outcome"]),
    agent: id,
    subagent: orNull(id),
    session: text,
    tool: text,
    decision: orNull(count),
    status: oneOf(["ok", "failed", "interrupted", "undelivered"]),
    duration: orNull(duration),
    commitment: orNull(commitment),
    changedAfterDecision: orNull(truth),
    settled: optional(list(settlement)),
    consent: optional(oneOf(["approved-in-client"] as const)),
  }),
  spend: record<ReceiptHeader & SpendBody>({
    ...header,
    kind: oneOf(["spend"]),
    what: oneOf(["reserved", "refused", "settled", "reported"]),
    agent: id,
    subagent: orNull(id),
    session: text,
    model: text,
    reservation: orNull(count),
    tokens: record<ModelTokens>({ input: count, output: count, cacheRead: count, cacheWrite: count }),
    microUsd: orNull(count),
    spend: optional(list(spend)),
    settled: optional(list(settlement)),
    reason: orNull(text),
    report: optional(
      record<UsageReport>({
        source: oneOf(["transcript"]),
        messages: list(
          record<CountedMessage>({ id: mac, tokens: chargedTokens, before: optional(chargedTokens) }),
        ),
        skipped: count,
      }),
    ),
  }),
  approval: record<ReceiptHeader & ApprovalBody>({
    ...header,
    kind: oneOf(["approval"]),
    agent: id,
    subagent: orNull(id),
    session: text,
    ask: count,
    answer: oneOf(["allow", "deny", "none"]),
    consent: orNull(signedConsent),
    grant: orNull(record<GivenGrant>({ effects: grantedEffects, until: time, session: orNull(text) })),
    settled: optional(list(settlement)),
  }),
  grant: record<ReceiptHeader & GrantBody>({
    ...header,
    kind: oneOf(["grant"]),
    agent: id,
    what: oneOf(["topped-up", "revoked"]),
    grant: orNull(count),
    topUp: orNull(
      record<GivenTopUp>({
        budget: text,
        unit: oneOf(budgetUnits),
        window: windowLabel,
        more: count,
        until: time,
      }),
    ),
    consent: orNull(signedConsent),
  }),
  session: record<ReceiptHeader & SessionBody>({
    ...header,
    kind: oneOf(["session"]),
    agent: id,
    subagent: orNull(id),
    session: text,
    what: oneOf(["session-start", "session-end", "subagent-start", "subagent-stop"]),
  }),
  gap: record<ReceiptHeader & GapBody>({
    ...header,
    kind: oneOf(["gap"]),
    agent: orNull(id),
    cause: oneOf(["second-outcome", "overloaded", "disk-reserve", "repaired"]),
    count,
  }),
});
