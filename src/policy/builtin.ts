import type { Action } from "../model/effect.ts";
import type { Conditions, Rule } from "../model/policy-set.ts";

// The rules that no policy can loosen: what guards the guard. They are written like any other rule and decided
// like any other deny, with one difference: what can be proven is denied, and where such a rule only *may* hold (a
// program that depends on a variable, a tree that holds the whole repository) it asks. A path that is not known at
// all is left to `decide`, which never lets a change of one through unasked: a deny here would stop every
// `echo > "$f"`.

const says: Conditions = {
  command: null,
  flags: null,
  path: null,
  host: null,
  mcp: null,
  agent: null,
  when: null,
};

const at = { file: "built-in", line: 1, column: 1 } as const;

interface Guard extends Partial<Conditions> {
  readonly actions: readonly Action[];
  readonly reason: string;
  readonly unless?: Partial<Conditions>;
  readonly match?: readonly string[];
  readonly notMatch?: readonly string[];
}

function guard(id: string, { unless, match = [], notMatch = [], ...rest }: Guard): Rule {
  return {
    ...says,
    id,
    verdict: "deny",
    allowsOpaque: false,
    ...rest,
    unless: unless === undefined ? null : { ...says, ...unless },
    match: match.map((command) => ({ command, at })),
    notMatch: notMatch.map((command) => ({ command, at })),
    at,
  };
}

const changes: readonly Action[] = ["fs.write", "fs.delete"];

/** Settings that say which hooks a client calls, and what else could switch them off or pass them by. */
const hookSettings: readonly string[] = [
  ".claude/{settings,settings.local}.json",
  ".claude/hooks/**",
  ".codex/{hooks.json,config.toml}",
  ".codex/hooks/**",
  ".{gemini,qwen}/settings.json",
  ".github/hooks/**",
  ".{github/copilot,copilot}/**",
  ".cursor/hooks.json",
  ".cursor/hooks/**",
  ".opencode/{plugin,plugins}/**",
  ".opencode/{opencode.json,opencode.jsonc}",
];

/** Clients look for their settings in the directory they start in, so also below the root of the repository. */
const below = hookSettings.map((path) => `**/${path}`);

/** The directories themselves: what replaces one replaces the settings in it. */
const settingsDirectories: readonly string[] = [
  "**/{.claude,.codex,.gemini,.qwen,.cursor,.opencode}",
  "**/.github/hooks",
  "~/{.claude,.codex,.gemini,.qwen,.cursor,.copilot,.config/opencode}",
];

const homeSettings: readonly string[] = [
  "~/.claude.json",
  "~/.claude/{settings,settings.local,managed-settings,remote-settings}.json",
  "~/.claude/hooks/**",
  "~/.codex/{hooks.json,config.toml}",
  "~/.codex/hooks/**",
  "~/.{gemini,qwen}/settings.json",
  "~/.copilot/{hooks/**,config.json,settings.json}",
  "~/.cursor/{hooks.json,hooks/**}",
  "~/.config/opencode/{plugin/**,plugins/**,opencode.json,opencode.jsonc}",
  "/etc/{claude-code,codex,gemini-cli}/**",
  "/Library/Application Support/{ClaudeCode,Codex,GeminiCli}/**",
];

/** Ways to call `mirror`. Any of them may have options of its own in between, which only the deny looks past. */
const mirrorCalls: readonly string[] = [
  "{mirror,mirror.mjs}",
  "{npx,bunx,pnpx} {mirror,@mirroros/mirror}",
  "{node,bun} {*/mirror.mjs,mirror.mjs}",
];

/** What is open to agents: everything else is the owner's (TRUST H4). */
const mirrorReads: readonly string[] = mirrorCalls.flatMap((call) => [
  `${call} {status,log,show,explain,verify,lint} ...`,
  `${call} policy {plan,lint,test,diff,show,list,propose} ...`,
  `${call} {--help,-h,--version,-V,help}`,
]);

const ledgerRef = "{*refs/mirror*,*mirror/ledger*,*mirror/inputs*,*mirror/approvals*}";

/** What editors and crashed commands leave in the git directory. */
const gitScratch = "{COMMIT_EDITMSG,MERGE_MSG,SQUASH_MSG,TAG_EDITMSG,index.lock}";

const configKey = "[a-zA-Z]*.*";
const configScope = "{--global,--local,--system,--worktree,--show-origin,--show-scope,-z,--null,--includes}";
const configRead = "{--get,--get-all,--get-regexp,--get-urlmatch,--get-color,--get-colorbool,--list,-l}";

/** The built-in rules, of the policy `builtin`. */
export const builtinRules: readonly Rule[] = [
  guard("policy-set", {
    actions: changes,
    path: [".mirror", ".mirror/**", "**/.mirror/**"],
    reason: "policies change by review and approval, never by the hand of an agent",
    match: ["echo > .mirror/mirror.yaml", "rm -rf .mirror"],
    notMatch: ["cat .mirror/mirror.yaml", "echo > mirror.yaml"],
  }),
  guard("hook-settings", {
    actions: changes,
    path: [...below, ...settingsDirectories, ...homeSettings],
    reason: "hook settings decide whether the gate is asked at all",
    match: ["echo > .claude/settings.json", "rm ~/.claude/settings.json", "mv .claude x"],
    notMatch: ["cat .claude/settings.json", "echo > .claude/commands/x.md"],
  }),
  guard("git-internals", {
    actions: changes,
    path: [
      ".git",
      ".git/**",
      "$GIT_DIR/**",
      "**/.git/{hooks,info,refs,objects}/**",
      "**/.git/{config,config.worktree,HEAD,packed-refs}",
    ],
    unless: {
      path: [`.git/${gitScratch}`, `$GIT_DIR/${gitScratch}`],
    },
    reason: "git's own files change through git, and hooks and settings of git only by their owner",
    match: ["echo > .git/hooks/pre-commit", "rm -rf .git", "echo >> .git/config"],
    notMatch: ["cat .git/config", "rm .git/index.lock", "echo > .gitignore"],
  }),
  guard("mirror-home", {
    actions: ["fs.read", ...changes],
    path: ["$MIRROR_HOME/**"],
    reason: "keys, pins and the journal belong to the gate",
  }),
  guard("mirror-command", {
    actions: ["shell.exec"],
    command: [
      "{mirror,mirror.mjs} ...",
      "{npx,bunx,pnpx} ... {mirror,@mirroros/mirror,@mirroros/mirror@*} ...",
      "{npm,pnpm,yarn,bun} {exec,x,dlx} ... {mirror,@mirroros/mirror,@mirroros/mirror@*} ...",
      "{node,bun,deno} ... {*/mirror.mjs,mirror.mjs} ...",
    ],
    unless: { command: mirrorReads },
    reason: "only reading and proposing is open to agents; the rest is for people",
    match: [
      "mirror agent add x",
      "mirror policy approve",
      "/usr/local/bin/mirror init",
      "mirror bus env --agent x",
    ],
    notMatch: ["mirror status", "mirror policy plan x", "ls mirror"],
  }),
  guard("mirror-hook", {
    actions: ["shell.exec"],
    command: [
      "mirror-hook ...",
      "*sh ... *mirror-hook ...",
      "curl ... --unix-socket *mirror* ...",
      "curl ... --unix-socket=*mirror* ...",
      "{nc,ncat,socat} ... *mirror*.sock* ...",
      "{pkill,killall} ... *mirror* ...",
    ],
    reason: "the gate is spoken to by clients alone, and stopped by people alone",
    match: ["mirror-hook claude-code coder", "pkill -f mirror"],
    notMatch: ["ls mirror-hook", "pkill node"],
  }),
  guard("ledger-refs", {
    actions: ["shell.exec"],
    command: [
      "git {update-ref,replace,fast-import,filter-branch,filter-repo} ...",
      "git symbolic-ref ... {-d,--delete} ...",
      "git symbolic-ref ... * *",
      `git {push,send-pack,fetch,pull,fetch-pack} ... ${ledgerRef} ...`,
      "git {push,send-pack,fetch,pull,fetch-pack} ... *refs/\\*:refs/\\* ...",
    ],
    unless: {
      command: [
        "git replace",
        "git replace {-l,--list} ...",
        "git symbolic-ref {-q,--quiet,--short,--no-recurse} {HEAD,refs/remotes/*}",
        "git symbolic-ref {-q,--quiet,--short} {-q,--quiet,--short} {HEAD,refs/remotes/*}",
      ],
    },
    reason: "the ledger's refs and the objects behind a name are moved by the gate and by people alone",
    match: ["git update-ref refs/heads/main HEAD~1", "git push origin :mirror/ledger/x"],
    notMatch: ["git push origin main", "git symbolic-ref --short HEAD", "git symbolic-ref HEAD"],
  }),
  guard("every-ref", {
    actions: ["shell.exec"],
    command: ["git {push,send-pack} ..."],
    flags: { any: ["--mirror"], none: null },
    reason: "pushing every ref rewrites the ledger's, too",
    match: ["git push --mirror", "git push --mir origin"],
    notMatch: ["git push origin main", "git clone --mirror x"],
  }),
  guard("git-settings", {
    actions: ["shell.exec"],
    command: ["git config ..."],
    unless: {
      command: [
        `git config ${configRead} ...`,
        `git config ${configScope} ${configRead} ...`,
        `git config ${configScope} ${configScope} ${configRead} ...`,
        `git config {-f,--file,--blob} * ${configRead} ...`,
        "git config {get,list} ...",
        `git config ${configKey}`,
        `git config ${configScope} ${configKey}`,
      ],
    },
    reason: "git settings name programs that git runs",
    match: [
      "git config core.hooksPath /tmp/x",
      "git config --global alias.st '!sh'",
      "git config --unset user.name",
    ],
    notMatch: ["git config --get user.name", "git config user.email", "git config --global --list"],
  }),
  guard("unguarded-agent", {
    actions: ["shell.exec"],
    command: [
      "{claude,claude-code,codex,gemini,gemini-cli,qwen,copilot,cursor-agent,opencode} ...",
      "{npx,bunx,pnpx} ... {*claude-code*,*codex*,*gemini-cli*,*qwen-code*,*copilot*,*opencode*} ...",
    ],
    flags: {
      any: [
        "--bare",
        "--settings",
        "--setting-sources",
        "--dangerously-skip-permissions",
        "--allow-dangerously-skip-permissions",
        "--dangerously-bypass-approvals-and-sandbox",
        "--dangerously-bypass-hook-trust",
        "--yolo",
        "--allow-all-tools",
        "--pure",
      ],
      none: null,
    },
    reason: "an agent that is started so does not ask the gate",
    match: ["claude --dangerously-skip-permissions -p hi", "claude --bare -p hi", "codex exec --yolo hi"],
    notMatch: ["claude --version", "claude -p hi"],
  }),
];
