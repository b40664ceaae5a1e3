import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPrivateFile } from "../../src/signers/private-file.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

const directory = scratchDirectory();
const key = join(directory, "key.pem");
writeFileSync(key, "secret", { mode: 0o600 });

test("gives the bytes of a file that only the user may read", () => {
  expect(readPrivateFile(key).toString()).toBe("secret");
});

test("a missing file is no key", () => {
  expect(() => readPrivateFile(join(directory, "none"))).toThrow(expect.objectContaining({ code: "no-key" }));
});

test.each([0o640, 0o604, 0o660, 0o610])("mode %o is refused", (mode) => {
  const path = join(directory, `mode-${mode}`);
  writeFileSync(path, "secret");
  chmodSync(path, mode);
  expect(() => readPrivateFile(path)).toThrow(expect.objectContaining({ code: "bad-key" }));
});

test("a link, a directory and a named pipe are refused", () => {
  symlinkSync(key, join(directory, "link"));
  mkdirSync(join(directory, "directory"), { mode: 0o700 });
  execFileSync("mkfifo", ["-m", "600", join(directory, "pipe")]);
  for (const name of ["link", "directory", "pipe"]) {
    expect(() => readPrivateFile(join(directory, name))).toThrow(
      expect.objectContaining({ code: "bad-key" }),
    );
  }
});

test.runIf(process.getuid?.() === 0)("a file of another user is refused", () => {
  const path = join(directory, "foreign");
  writeFileSync(path, "secret", { mode: 0o600 });
  execFileSync("chown", ["65534", path]);
  expect(() => readPrivateFile(path)).toThrow(expect.objectContaining({ code: "bad-key" }));
});
