import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Dialect } from "../../clients/dialect.ts";
import { installShim, readShim } from "../../clients/shim.ts";
import type { Environment } from "../home.ts";
import { findCarriers, shimPath } from "../runtime.ts";
import { findOnPath } from "../search-path.ts";
import type { Findings } from "./finding.ts";

const run = promisify(execFile);

/** Milliseconds a client has to say its version. */
const versionDeadline = 15_000;

/** A client on PATH. */
export interface ClientVersion {
  readonly client: string;
  /** Null: it says none, or is not on PATH. */
  readonly version: string | null;
  /** Whether that version blocks a call whose hook fails; null where it is not known. */
  readonly failsClosed: boolean | null;
}

/** Asks the client on PATH for its version. */
export async function checkClient(
  { id, program }: Dialect,
  environment: Environment,
  findings: Findings,
): Promise<ClientVersion> {
  const unknown = { client: id, version: null, failsClosed: null };
  const path = findOnPath(program.name, environment["PATH"] ?? "");
  if (path === null) return unknown;
  const said = await findings.attempt(
    "client",
    "how it treats a hook that fails cannot be told",
    async () => {
      const { stdout } = await run(path, ["--version"], { env: environment, timeout: versionDeadline });
      return stdout.trim();
    },
  );
  if (said === null) return unknown;
  const version = /\d+\.\d+\.\d+/.exec(said)?.[0] ?? null;
  if (version !== null && !isBefore(version, program.failsClosedFrom)) {
    return { client: id, version, failsClosed: true };
  }
  findings.problem("client", {
    found: `${path} says it is version \`${version ?? said.slice(0, 60)}\`, expected ${program.failsClosedFrom} or newer`,
    why: "older ones ignore onFailure: a hook that times out or is killed lets the call run",
    mend: program.upgrade,
  });
  return { client: id, version, failsClosed: version === null ? null : false };
}

function isBefore(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (const [index, part] of b.entries()) {
    if ((a[index] ?? 0) !== part) return (a[index] ?? 0) < part;
  }
  return false;
}

/** Looks at the copy of mirror that hooks run: there, unchanged, and with what it needs. */
export async function checkShim(
  home: string,
  again: string,
  environment: Environment,
  findings: Findings,
): Promise<void> {
  const shim = shimPath(home);
  const why = "hooks of scopes local and user cannot reach the gate";
  await findings.attempt("hooks", why, () => {
    if (!existsSync(shim)) {
      findings.problem("hooks", { found: `the hook's program ${shim} is gone`, why, mend: again });
      return;
    }
    const text = readFileSync(shim, "utf8");
    const constants = readShim(text);
    const source =
      constants === null ? null : join(dirname(dirname(dirname(constants.main))), "hooks/mirror-hook");
    if (constants === null || source === null) {
      findings.problem("hooks", { found: `${shim} is not what mirror installed`, why, mend: again });
      return;
    }
    for (const file of [constants.node, constants.main]) {
      if (!existsSync(file))
        findings.problem("hooks", { found: `${file}, which hooks start, is gone`, why, mend: again });
    }
    if (existsSync(source) && installShim(readFileSync(source, "utf8"), constants) !== text) {
      findings.problem("hooks", { found: `${shim} was changed since mirror installed it`, why, mend: again });
    }
  });
  const { perl, curl } = findCarriers(environment["PATH"] ?? "");
  if (perl !== null || curl !== null) return;
  findings.warning("hooks", {
    found: "there is neither perl nor curl",
    why: "every call starts Node instead, which takes several times as long",
    mend: `${installCurl()} && ${again}`,
  });
}

function installCurl(): string {
  return process.platform === "darwin" ? "brew install curl" : "sudo apt-get install curl";
}
