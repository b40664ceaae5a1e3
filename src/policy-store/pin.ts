import { readFileSync } from "node:fs";
import { canonicalJson } from "../base/canonical-json.ts";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import type { LedgerPosition, Lineage, Pin } from "../model/lineage.ts";
import { replaceFile } from "./durable-file.ts";

/**
 * The pin of one repository: a file outside it that says how far this gate has come (TRUST T6). Only the gate
 * that holds the ledger's lock moves it, and only forward; `init`, `trust pin` and `repair` make one.
 */
export class PinFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Gives the pin; null if there is none. Throws `not-pinned` for one that cannot be read. */
  read(): Pin | null {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return null;
      throw new MirrorError("not-pinned", `the pin ${this.path} cannot be read (${systemErrorCode(error)})`, {
        cause: error,
        hint: "run `mirror repair`",
      });
    }
    const pin = parsePin(text);
    if (pin === null) {
      throw new MirrorError("not-pinned", `the pin ${this.path} is damaged`, { hint: "run `mirror repair`" });
    }
    return pin;
  }

  /** Gives the pin. Throws `not-pinned` if there is none. */
  mustRead(): Pin {
    const pin = this.read();
    if (pin !== null) return pin;
    throw new MirrorError("not-pinned", `the pin ${this.path} is gone`, { hint: "run `mirror repair`" });
  }

  /** Makes the pin. The caller has decided that a person wants this root. */
  create(pin: Pin): void {
    replaceFile(this.path, `${canonicalJson(pin)}\n`);
  }

  /** Moves the policy part forward. Throws `forked` for another genesis or a smaller epoch. */
  advanceLineage(lineage: Lineage, commit: string): void {
    const pin = this.mustRead();
    if (lineage.genesis !== pin.genesis || lineage.epoch < pin.epoch) {
      throw new MirrorError(
        "forked",
        `the pin ${this.path} does not move to epoch ${lineage.epoch} of the genesis ${short(lineage.genesis)}, expected epoch ${pin.epoch} of ${short(pin.genesis)} or later`,
        { hint: movedMeanwhile },
      );
    }
    this.create({ ...pin, ...lineage, commit });
  }

  /** Moves the ledger part forward. Throws `ledger-diverged` for a smaller sequence number. */
  advanceLedger(ledger: LedgerPosition): void {
    const pin = this.mustRead();
    if (pin.ledger !== null && ledger.seq < pin.ledger.seq) {
      throw new MirrorError(
        "ledger-diverged",
        `the pin ${this.path} does not move to receipt ${ledger.seq}, expected ${pin.ledger.seq} or later`,
        { hint: movedMeanwhile },
      );
    }
    this.create({ ...pin, ledger });
  }
}

const movedMeanwhile =
  "another process moved it meanwhile: try again; if it stays so, `mirror doctor` says what does not hold";

function short(id: string): string {
  return id.slice(0, 12);
}

function parsePin(text: string): Pin | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!isRecord(value) || value["version"] !== 1) return null;
  const { genesis, epoch, lineage, digest, commit, ledger } = value;
  if (!isHex(genesis, 40) || !isHex(commit, 40) || !isHex(lineage, 64) || !isHex(digest, 64)) return null;
  if (!isCount(epoch)) return null;
  if (ledger === null) return { version: 1, genesis, epoch, lineage, digest, commit, ledger };
  if (!isRecord(ledger)) return null;
  const { seq, head, receipt } = ledger;
  if (!isCount(seq) || !isHex(head, 40) || typeof receipt !== "string") return null;
  return { version: 1, genesis, epoch, lineage, digest, commit, ledger: { seq, head, receipt } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHex(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length && /^[0-9a-f]*$/.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
