import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { managedSettingsFiles } from "../../src/app/settings-place.ts";
import { claudeCode } from "../../src/clients/claude-code.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

test("managed settings are the file and what stands in its directory, in order of names", () => {
  const top = scratchDirectory();
  const main = join(top, "managed-settings.json");
  const speak = { ...claudeCode, managedSettings: { [process.platform]: main } };
  expect(managedSettingsFiles(speak)).toEqual([main]);
  const directory = join(top, "managed-settings.d");
  mkdirSync(directory);
  for (const name of ["20-b.json", "10-a.json", ".hidden.json", "notes.txt"])
    writeFileSync(join(directory, name), "{}");
  expect(managedSettingsFiles(speak)).toEqual([
    main,
    join(directory, "10-a.json"),
    join(directory, "20-b.json"),
  ]);
});
