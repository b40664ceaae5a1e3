// Verifies a ledger in a process of its own and says how long it took and how much memory it used at most:
// `node verifying.mjs <repository> <genesis> <public key file>`. What a policy set decides is not part of it.
import { readFileSync } from "node:fs";
import { findGit } from "../dist/lib/git/find-git.js";
import { openObjectReader } from "../dist/lib/git/objects.js";
import { readRef } from "../dist/lib/git/refs.js";
import { openRepository } from "../dist/lib/git/repository.js";
import { verifyLedger } from "../dist/lib/ledger/verify.js";
import { parsePublicKey } from "../dist/lib/trust/keys.js";
import { decision, gate } from "./ledgers.mjs";

const [directory, genesis, keyFile] = process.argv.slice(2);
const repo = await openRepository(findGit(process.env.PATH), directory);
const reader = openObjectReader(repo);
const key = await parsePublicKey("keys/gate.asc", readFileSync(keyFile));
const started = performance.now();
const verdict = await verifyLedger({
  repo,
  reader,
  head: readRef(repo, `refs/mirror/ledger/${gate}`),
  gate,
  keys: [key],
  revoked: null,
  genesis,
  evaluator: () => () => decision,
  modelJudge: () => () => null,
  checkOrigin: async () => [],
  progress: () => undefined,
});
const milliseconds = performance.now() - started;
reader.close();
const { ok, receipts } = verdict;
// Not `resourceUsage().maxRSS`: that counts what the process was before it became this program.
const kilobytes = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
console.log(JSON.stringify({ ok, receipts, milliseconds, kilobytes }));
