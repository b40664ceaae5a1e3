import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyse, render } from "./render.ts";

interface Group {
  readonly group: string;
  readonly cases: readonly { readonly command: string; readonly expect: readonly string[] }[];
}

const path = new URL("../../vectors/shell.json", import.meta.url);
const groups = JSON.parse(readFileSync(path, "utf8")) as readonly Group[];

describe.each(groups)("$group", ({ cases }) => {
  it.each(cases.map((one) => [one.command, one.expect] as const))("%s", (command, expected) => {
    expect(render(analyse(command))).toEqual(expected);
  });
});
