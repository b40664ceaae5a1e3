import type { Word } from "../../model/command.ts";
import { combineRisks, type Risk } from "../../model/risk.ts";
import { looksSecret } from "../secrets.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { guardWords } from "./guarded-paths.ts";
import { isModestChange, modestChange } from "./modest-changes.ts";
import { type Arguments, isSwitchedOn, optionTable, parseArguments } from "./options.ts";
import { type Behaviour, high, low, medium } from "./program.ts";

// Command lines of services say what they do in verbs: `aws sqs purge-queue`, `gh repo delete`, `nats stream
// info`. One table of verbs serves them all; entries of single programs say what differs.

const verbs: Readonly<Record<"looks" | "destroys" | "changes" | "runs", string>> = {
  looks: `
    list ls lists lsjson lsl lsd lsf get gets describe show status version help info inspect view search query find
    count stat stats checks du size tree cat head tail read watch logs log events history diff plan validate check lint
    test fmt format verify explain preview whoami who-am-i ping health healthcheck diagnostic diagnostics diagnose
    doctor lookup print printenv env wait top usage report summary output outputs providers graph manifest values
    template render dump export-schema completion completions config-view current current-context use-context
    api-resources api-versions cluster-info options exists has is isalive dig snapshots backups secrets api open browse docs schema types
    compare analyze analyse audit scan sbom tags search-code filter select estimate simulate dry-run hash md5
    checksum listen subscribe receive peek pull download fetch clone head-object fsck prove inventory monitor
    metrics trace traces decode encode parse convert capabilities features locations regions zones versions prices
    pricing cost quota limits activity feed whoami me account accounts self auth-status batch-get scan-status lists-all
    discover detect probe retrieve sub about`,
  destroys: `
    delete del destroy purge terminate drop remove rm rmi rb rmdir erase wipe truncate flush flushall flushdb prune
    cleanup clean-up uninstall deregister unregister revoke reset nuke expunge empty archive unarchive-all discard kill
    evict drain cancel detach deactivate decommission forget compact dedupe disassociate undeploy teardown down clear
    release-lock break-lock stop shutdown suspend unlink expire invalidate rollback revert demote disable deprovision
    deallocate rmfile rmi deletefile rm-all factory-reset repo-delete force-unlock abort abandon
    unpublish yank deprecate trash void refund reject move-to-trash obliterate overwrite wipefs vacuum unset purge-cache
    reboot restart-all halt dispose recreate cordon taint unassign unsubscribe-all delete-all
    schedule-key-deletion leave kick ban evacuate`,
  changes: `
    create new add set put update edit patch apply deploy install upgrade enable start restart run publish push post
    send pub upload import sync copy cp mv move rename restore attach associate register tag untag label annotate
    scale autoscale rollout resume approve merge close reopen comment review assign grant bind rotate renew migrate
    promote modify change configure config init bootstrap setup login logout auth configure-sso mb make mount invoke
    trigger dispatch submit replay requeue redeploy build release provision connect link expose backup snapshot
    create-invalidation alter reload reconcile refresh replace unlock lock seal unseal write save mirror transfer
    fork star follow invite join subscribe unsubscribe schedule cp-objects put-object mount-volume up activate
    authorize request reserve allocate issue sign transfer-ownership accept confirm ack resolve dev use rsync acknowledge snooze resolve-incident
    mute unmute pause unpause toggle turn-on turn-off turn warm ingest index reindex rebalance reassign`,
  runs: "exec shell ssh console attach-shell sh bash execute eval run-command send-command repl runner",
};

/** Verbs that say so in more words, where single tokens would mislead. */
const spelled: Readonly<Record<string, Risk>> = {
  "get-credentials": low,
  "rollout status": low,
  "dependency update": low,
  "dependency build": low,
  "repo update": low,
};

type Kind = keyof typeof verbs;

const kindOf: ReadonlyMap<string, Kind> = new Map(
  (["runs", "changes", "looks", "destroys"] as const).flatMap((kind) =>
    verbs[kind].split(/\s+/).flatMap((verb) => (verb === "" ? [] : [[verb, kind] as const])),
  ),
);

/** Options that make something go, whatever the verb. */
const destroyingOption =
  /^--?(delete|destroy|purge|prune|remove|wipe|delete-.*|remove-.*|unsafe-.*|accept-data-loss|force-reset|force-delete|force-destroy|drop|truncate|overwrite|skip-final-snapshot|allow-remove-all)$/;

export interface VerbReading {
  readonly kind: Kind | null;
  /** The words up to and with the verb. */
  readonly path: readonly string[];
}

/** Finds the first verb among the leading words. A word counts by its first or last part: `delete-queue`, `kv:delete`. */
export function readVerb(operands: readonly Word[]): VerbReading {
  const path: string[] = [];
  let fallback: { kind: Kind; length: number } | null = null;
  for (const word of operands.slice(0, 6)) {
    if (isOpen(word)) break;
    if (/:\/\/|^\/|=/.test(word)) {
      // An address or a setting: an option's value before the verb, the first argument behind it.
      if (fallback !== null) break;
      continue;
    }
    path.push(word);
    const kind = verbKind(word);
    if (kind === null) continue;
    if (kind === "destroys" || !isNoun(word.replace(/[-_:].*$/, ""))) return { kind, path };
    if (path.length <= 3) fallback = { kind, length: path.length };
  }
  if (fallback !== null) return { kind: fallback.kind, path: path.slice(0, fallback.length) };
  return { kind: null, path };
}

/** Verbs that name things as often: `gcloud config list`, `kubectl rollout status`, `az backup delete`. */
const nouns: ReadonlySet<string> = new Set(
  `config auth tag label release backup snapshot schedule build index rollout account accounts events log logs env
  features tags template templates docs schema types history usage metrics trace test run filter versions regions
  locations quota limits activity version import change mount console link lock users template watch state
  review snapshots backups secrets api use dev restore environment stats output search export link lookup report alias query copy issue configure`.split(
    /\s+/,
  ),
);

function isNoun(word: string): boolean {
  return nouns.has(word.toLowerCase());
}

function verbKind(word: string): Kind | null {
  const lower = word.toLowerCase();
  const whole = kindOf.get(lower);
  if (whole !== undefined) return whole;
  if (/[/=@.]|::/.test(lower)) return null;
  const behindColon = lower.includes(":") ? kindOf.get(lower.slice(lower.lastIndexOf(":") + 1)) : undefined;
  if (behindColon !== undefined) return behindColon;
  const parts = lower.split(/[-_:]/);
  if (parts.length === 1) return null;
  const [first = "", second = ""] = parts;
  const leading = kindOf.get(first === "batch" ? second : first) ?? null;
  if (leading !== null && !isNoun(first)) return leading;
  if (leading === null && /^(status|list|info)$/.test(parts.at(-1) ?? "")) return "looks";
  // `kv:delete`, `repo-delete`: at the end, only what destroys is worth the doubt.
  return kindOf.get(parts.at(-1) ?? "") === "destroys" ? "destroys" : leading;
}

/** What a verb means for a service's command line. */
function verbRisk(kind: Kind | null): Risk {
  if (kind === "looks") return low;
  if (kind === "destroys") return high("destroys-data", "leaves-machine");
  if (kind === "runs") return high("leaves-machine", "runs-remote-code");
  return medium("leaves-machine");
}

const anyOption = optionTable("", "long");

type Service = Pick<Behaviour, "host" | "places" | "ownPlaces" | "modest">;

/**
 * What a service's command line does, by its verb. Without a verb that is known it is unsure. Gives the verb's
 * kind, for entries that add to it.
 */
export function actByVerbs(args: Arguments, service: Service, doing: Doing): VerbReading {
  if (args.operands.length === 0) return { kind: "looks", path: [] };
  const { kind, path, risk } = copied(args, service, doing) ?? judge(args, service, doing);
  doing.adds(risk);
  if (service.host !== undefined) {
    const modest = risk.reasons.includes("changes-service") ? modestChange : null;
    doing.connectHost(service.host, kind === "looks" ? "fetch" : "send", modest);
  }
  for (const operand of args.operands) readSecretOperand(operand, doing);
  guardWords(doing.invocation.argv.slice(1), doing);
  return { kind, path };
}

const onlySaying = [
  "--dry-run",
  "-dry-run",
  "--dryrun",
  "--dry",
  "--check",
  "--what-if",
  "--noop",
  "--simulate",
];

type Judged = VerbReading & { readonly risk: Risk };

const plainCopyOption =
  /^(-r|-R|-q|-v|-P|--(recursive|quiet|verbose|progress|no-progress|only-show-errors|json))$/;

/** Copying between this machine and a place of the service, with the files it reads or writes; null for anything else, or more. */
function copied(
  { operands, options }: Arguments,
  { places, ownPlaces }: Service,
  doing: Doing,
): Judged | null {
  if (places === undefined) return null;
  const at = operands.findIndex((word) => /^(cp|copy|copyto)$/.test(knownStart(word)));
  const [from, to, ...others] = operands.slice(at + 1);
  if (at < 0 || from === undefined || to === undefined || others.length > 0) return null;
  if (!options.every(({ id, value }) => value === null && plainCopyOption.test(id))) return null;
  if (places.test(knownStart(from)) && !isOpen(to) && /^[./~]/.test(to)) {
    doing.write(to, "tree");
    return { kind: "looks", path: [], risk: low };
  }
  if (ownPlaces !== true || isOpen(to) || !places.test(to) || places.test(knownStart(from))) return null;
  doing.readTree(from);
  // Without a setting of that name it is a path.
  if (!to.includes(":")) doing.write(to, "tree");
  return { kind: "changes", path: [], risk: modestChange };
}

/** A file that a service's command line is given counts where it looks like a secret. */
function readSecretOperand(word: Word, doing: Doing): void {
  if (isOpen(word)) return;
  const path = word.replace(/^([a-z-]+=)?(fileb?:\/\/|@)/, "");
  if (!/^[a-z0-9+-]+:/i.test(path) && looksSecret(path.startsWith("/") ? path : `/${path}`)) doing.read(path);
}

/** Where something would change, only what can be nothing but a wish for help: a name may be `help`, and `-h` a host. */
function asksForHelp({ operands, options, has }: Arguments, { kind }: VerbReading): boolean {
  if (kind === "runs" || options.length > 1) return false;
  if (operands[0] === "help" || has("--help", "-help")) return true;
  return (kind === null || kind === "looks") && (has("-h") || operands.at(-1) === "help");
}

function judge(args: Arguments, service: Service, doing: Doing): Judged {
  const reading = readVerb(args.operands);
  if (asksForHelp(args, reading)) return { ...reading, kind: "looks", risk: low };
  if (doing.dry || isSwitchedOn(args, onlySaying)) {
    doing.dry = true;
    return { ...reading, kind: "looks", risk: low };
  }
  // Words come from outside: only what the table itself holds counts.
  const spell = (words: string): Risk | undefined =>
    Object.hasOwn(spelled, words) ? spelled[words] : undefined;
  const known = spell(reading.path.join(" ")) ?? spell(reading.path.at(-1) ?? "");
  const isModest = reading.kind === "changes" && isModestChange(reading.path, args, service, doing);
  const risks: Risk[] = [known ?? (isModest ? modestChange : verbRisk(reading.kind))];
  const destroying = args.options.find((option) => destroyingOption.test(option.id));
  if (destroying !== undefined && reading.kind !== "looks")
    risks.push(high("destroys-data", "leaves-machine"));
  if (reading.kind === null) doing.unsure("has no verb that mirror knows");
  return { ...reading, risk: combineRisks(risks) };
}

/** Reads words as a service's command line, whatever its options. */
export function verbArguments(words: readonly Word[]): Arguments {
  return parseArguments(words, anyOption);
}
