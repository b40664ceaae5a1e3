import type { Problem } from "../base/problem.ts";
import type { TrustDocument } from "./document-shapes.ts";
import type { KeyReference, PolicySetFiles, Trust } from "./policy-set.ts";
import { wantedThreshold } from "./wanted-signers.ts";
import { pointerSegment, type YamlSource } from "./yaml.ts";

/** Gives `trust.yaml` whose schema holds as data, and what the schema cannot see. */
export function readTrust(source: YamlSource, files: PolicySetFiles): { trust: Trust; problems: Problem[] } {
  const document = source.value as TrustDocument;
  const trust: Trust = {
    version: 1,
    signers: document.signers.map((signer) => ({ ...signer, email: signer.email ?? null })),
    roles: new Map(
      Object.entries(document.roles).map(([name, { widening_threshold, wanted, ...role }]) => [
        name,
        { ...role, wideningThreshold: widening_threshold ?? null, wanted: wanted ?? null },
      ]),
    ),
    gates: (document.gates ?? []).map((gate) => ({ ...gate, revoked: gate.revoked ?? null })),
  };
  const problems: Problem[] = [];
  const refuse: Refuse = (pointer, code, message) =>
    problems.push({ ...source.at(pointer), code, message, hint: null });
  checkRoles(trust, refuse);
  checkIds(trust, refuse);
  checkKeys(trust, files, refuse);
  return { trust, problems };
}

type Refuse = (pointer: string, code: string, message: string) => void;

function checkIds(trust: Trust, refuse: Refuse): void {
  for (const [kind, holders] of [
    ["signer", trust.signers],
    ["gate", trust.gates],
  ] as const) {
    for (const [index, holder] of holders.entries()) {
      if (holders.findIndex((each) => each.id === holder.id) === index) continue;
      refuse(`/${kind}s/${index}/id`, "duplicate-id", `found a second ${kind} \`${holder.id}\``);
    }
  }
}

function checkRoles(trust: Trust, refuse: Refuse): void {
  const known = new Set(trust.signers.map((signer) => signer.id));
  for (const [name, role] of trust.roles) {
    const pointer = `/roles/${pointerSegment(name)}`;
    for (const [index, signer] of role.signers.entries()) {
      if (known.has(signer)) continue;
      refuse(
        `${pointer}/signers/${index}`,
        "unknown-signer",
        `found no signer \`${signer}\`, named by \`${name}\``,
      );
    }
    if (role.threshold > role.signers.length) {
      const message = `found a threshold of ${role.threshold} for ${role.signers.length} signers, expected no more than there are`;
      refuse(`${pointer}/threshold`, "threshold", message);
    }
    const widening = role.wideningThreshold;
    if (widening !== null && (widening < role.threshold || widening > role.signers.length)) {
      const message = `found a widening threshold of ${widening}, expected from ${role.threshold}, the threshold, to ${role.signers.length}, the number of signers`;
      refuse(`${pointer}/widening_threshold`, "threshold", message);
    }
    const least = wantedThreshold(role);
    if (role.threshold < least) {
      const message = `found a threshold of ${role.threshold} for ${role.signers.length} signers, expected ${least}: \`wanted\` says so`;
      refuse(`${pointer}/threshold`, "threshold", message);
    }
  }
}

/** A key belongs to one holder: no threshold is met twice by one person, and no gate approves (TRUST P7). */
function checkKeys(trust: Trust, files: PolicySetFiles, refuse: Refuse): void {
  const holders = new Map<string, string>();
  const check = (key: KeyReference, holder: string, pointer: string): void => {
    const isOpenPgp = key.file.endsWith(".asc");
    if (isOpenPgp === key.fingerprint.startsWith("SHA256:")) {
      const expected = isOpenPgp ? "an OpenPGP fingerprint in hex" : "an SSH fingerprint (`SHA256:…`)";
      refuse(
        `${pointer}/fingerprint`,
        "wrong-value",
        `found \`${key.fingerprint}\`, expected ${expected} for \`${key.file}\``,
      );
    }
    if (!files.has(key.file)) refuse(`${pointer}/file`, "missing-file", `found no file \`${key.file}\``);
    for (const mark of [key.file, key.fingerprint]) {
      const other = holders.get(mark);
      holders.set(mark, other ?? holder);
      if (other === undefined) continue;
      const message =
        other === holder
          ? `found the key \`${mark}\` twice under ${holder}`
          : `found the key \`${mark}\` under ${other} and ${holder}, expected it under one of them`;
      refuse(pointer, "shared-key", message);
    }
  };
  for (const [index, signer] of trust.signers.entries()) {
    for (const [at, key] of signer.keys.entries()) {
      check(key, `signer \`${signer.id}\``, `/signers/${index}/keys/${at}`);
    }
  }
  for (const [index, gate] of trust.gates.entries()) check(gate, `gate \`${gate.id}\``, `/gates/${index}`);
}
