import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parse } from "unbash";
import { describe, expect, it } from "vitest";
import { analyse } from "./render.ts";

const vectors = new URL("../../vectors/", import.meta.url);
const everyday = JSON.parse(readFileSync(new URL("everyday.json", vectors), "utf8")) as readonly string[];
const groups = JSON.parse(readFileSync(new URL("shell.json", vectors), "utf8")) as readonly {
  readonly cases: readonly { readonly command: string }[];
}[];

const hasBash = spawnSync("bash", ["-c", "exit 0"]).status === 0;

function bashReads(text: string): boolean {
  return spawnSync("bash", ["-n"], { input: text, stdio: ["pipe", "ignore", "ignore"] }).status === 0;
}

describe.runIf(hasBash)("beside bash", () => {
  it.each(everyday)("both read: %s", (command) => {
    expect(bashReads(command)).toBe(true);
    expect(parse(command).errors).toBeUndefined();
  });

  it("what bash reads is understood, and what it refuses is opaque", () => {
    for (const { command } of groups.flatMap((group) => group.cases)) {
      if (bashReads(command)) expect(parse(command).errors, command).toBeUndefined();
      else
        expect(
          analyse(command).effects.some((effect) => effect.opaque.length > 0),
          command,
        ).toBe(true);
    }
  });
});
