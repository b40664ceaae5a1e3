import { accessSync, constants, existsSync, lstatSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { readPrivateFile } from "../../signers/private-file.ts";
import { diskReserveCheck } from "../disk-reserve.ts";
import { ensurePrivateDirectory, keysDirectory } from "../home.ts";
import type { OpenState } from "../open-state.ts";
import { commandIn, type Findings, shellPath } from "./finding.ts";

/** Looks at the directories that mirror writes: whose they are, who may enter, whether they can be written. */
export async function checkHome(state: OpenState, findings: Findings): Promise<void> {
  const { home, paths, repository } = state;
  const exists = [home, join(home, "repos"), paths.directory, keysDirectory(home), join(home, "bin")];
  const sockets = paths.sockets.startsWith(paths.directory) ? [] : [dirname(paths.sockets)];
  for (const directory of [...exists, ...sockets, paths.sockets, paths.caches]) {
    if (existsSync(directory)) checkDirectory(directory, findings);
  }
  const written = [
    paths.directory,
    join(repository.commonDir, "objects"),
    join(repository.commonDir, "refs"),
  ];
  for (const directory of written) checkWritable(directory, findings);
  await findings.attempt("home", "caches that cannot be kept make every start slow, or impossible", () =>
    ensurePrivateDirectory(paths.caches),
  );
  checkLocalKey(state, findings);
  await findings.attempt("home", "the space that is left cannot be told", () => {
    if (diskReserveCheck(paths.directory, Date.now)()) return;
    findings.problem("home", {
      found: `the disk that holds ${home} is nearly full`,
      why: "every call is refused, because no receipt could be kept safe",
      mend: `df -h ${shellPath(home)}   # and make room there`,
    });
  });
}

function checkDirectory(directory: string, findings: Findings): void {
  const found = lstatSync(directory);
  const { uid } = userInfo();
  const why = "who can enter it can read keys, or speak to the gate as an agent";
  if (!found.isDirectory()) {
    findings.problem("home", {
      found: `${directory} is no directory`,
      why,
      mend: `ls -l ${shellPath(directory)}`,
    });
  } else if (found.uid !== uid) {
    const mend = `chown -R ${uid} ${shellPath(directory)}   # once you know who took it`;
    findings.problem("home", {
      found: `${directory} belongs to user ${found.uid}, expected ${uid}`,
      why,
      mend,
    });
  } else if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    const mend = `chmod 700 ${shellPath(directory)}`;
    findings.problem("home", { found: `${directory} has mode ${mode}, expected 700`, why, mend });
  }
}

function checkWritable(directory: string, findings: Findings): void {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch {
    // Whatever the reason: the gate cannot keep a receipt there.
    findings.problem("home", {
      found: `${directory} cannot be written`,
      why: "every call is refused, because no receipt can be kept",
      mend: `chmod u+rwx ${shellPath(directory)}   # or mount its file system writable`,
    });
  }
}

function checkLocalKey({ paths }: OpenState, findings: Findings): void {
  const file = join(paths.directory, "local.key");
  if (existsSync(file)) {
    void findings.attempt("keys", "the gate does not start without it", () => void readPrivateFile(file));
    return;
  }
  findings.problem("keys", {
    found: `the gate's local secret ${file} is gone`,
    why: "the gate does not start; what older receipts commit to can no longer be proven",
    mend: commandIn("run `mirror uninstall && mirror init`   (or put the file back from a backup)"),
  });
}
