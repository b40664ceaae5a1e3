// gpg as people sign with it: a home of its own, an Ed25519 key without a passphrase, the agent running.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cleanEnvironment } from "./harness.mjs";

/** Makes such a home, hands its directory and the key's fingerprint to `use`, and ends its agent. */
export async function withGpg(use) {
  // An agent's socket has a short path or none.
  const directory = mkdtempSync("/tmp/mb-");
  const environment = { ...cleanEnvironment(), GNUPGHOME: directory };
  const run = (program, ...args) =>
    execFileSync(program, args, { env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    run(
      "gpg",
      "--batch",
      "--passphrase",
      "",
      "--quick-gen-key",
      "Ada <ada@example.org>",
      "ed25519",
      "sign",
      "0",
    );
    const listed = run("gpg", "--batch", "--with-colons", "--list-keys");
    const fingerprint = listed.match(/^fpr:+([0-9A-F]{40}):/m)[1];
    return await use({ directory, fingerprint, import: (file) => run("gpg", "--batch", "--import", file) });
  } finally {
    run("gpgconf", "--kill", "all");
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
