import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs the check on a copy of src/ with one more file in it. */
function checkWith(file: string, text: string): { code: number | null; said: string } {
  const copy = mkdtempSync(join(tmpdir(), "mirror-rooms-"));
  try {
    for (const part of ["src", "scripts", "package.json", "tsconfig.json"]) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    writeFileSync(join(copy, file), text);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/check-rooms.mjs"], {
      cwd: copy,
      encoding: "utf8",
    });
    return { code: status, said: stdout + stderr };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

describe("npm run check:rooms names rule, file and target of a breach", () => {
  test.each([
    ["downward-only", "src/base/up.ts", 'import "../gate/gate.ts";\n', "src/gate/gate.ts"],
    ["pure-room", "src/policy/disk.ts", 'import "node:fs";\n', "fs"],
    ["package-home", "src/gate/git.ts", 'import "isomorphic-git";\n', "isomorphic-git"],
    ["starts-programs", "src/daemon/run.ts", 'import "node:child_process";\n', "child_process"],
    ["no-file-outside-a-room", "src/stray.ts", "export const stray = 1;\n", "src/"],
  ])("%s", (rule, file, text, target) => {
    const { code, said } = checkWith(file, text);
    expect(code).toBe(1);
    expect(said).toContain(`${rule}: ${file} -> `);
    expect(said).toContain(target);
  });

  test("and looks at every file", () => {
    const { code, said } = checkWith("src/base/fine.ts", "export const fine = 1;\n");
    expect([code, said]).toEqual([0, expect.stringMatching(/rooms: \d+ files/)]);
  });
});
