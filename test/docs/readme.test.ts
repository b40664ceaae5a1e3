import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Takes out what differs from run to run: ids, digests, process numbers, the scratch directory. */
function lasting(output: string): string {
  return output
    .replace(/\/tmp\/mirror-first-session-\w+/g, "…")
    .replace(/\broot-[a-z0-9-]+-[0-9a-f]{4}\b|\b[a-z0-9-]+-[0-9a-f]{4}(?=\s|$)/gm, "GATE")
    .replace(/\b[0-9A-F]{40}\b/g, "FINGERPRINT")
    .replace(/\b[0-9a-f]{7,40}\b/g, "ID")
    .replace(/process \d+/g, "process N")
    .replace(/\b20\d\d-\d\d-\d\d\b/g, "DAY")
    .replace(/[ \t]+/g, " ");
}

test("the session that the README shows is an excerpt of npm start's", () => {
  const ran = spawnSync(process.execPath, [join(root, "scripts/first-session.mjs")], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", NO_COLOR: "1" },
    encoding: "utf8",
  });
  expect(ran.stderr).toBe("");
  expect(ran.status).toBe(0);
  const session = lasting(ran.stdout).split("\n");
  const shown =
    /<!-- session -->\n```text\n([\s\S]*?)\n```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ??
    "";
  expect(shown).not.toBe("");
  let from = 0;
  for (const line of lasting(shown).split("\n")) {
    const at = session.indexOf(line, from);
    expect([line, at >= from]).toEqual([line, true]);
    from = at + 1;
  }
});

test("the package that npm packs runs anywhere by itself", () => {
  const scratch = mkdtempSync(join(tmpdir(), "mirror-pack-"));
  try {
    // The build is done; packing must not build again beside the tests that use it.
    const packed = execFileSync(
      "npm",
      ["pack", "--ignore-scripts", "--silent", "--pack-destination", scratch],
      {
        cwd: root,
        encoding: "utf8",
      },
    );
    execFileSync("tar", ["xzf", join(scratch, packed.trim().split("\n").at(-1) ?? ""), "-C", scratch]);
    const directory = join(scratch, "package");
    for (const file of [
      "dist/bin/mirror.mjs",
      ...readdirSync(join(root, "hooks")).map((name) => `hooks/${name}`),
      "templates/solo/mirror.yaml",
      "LICENSE",
      "dist/lib/index.d.ts",
    ]) {
      expect([file, existsSync(join(directory, file))]).toEqual([file, true]);
      if (file.startsWith("hooks/"))
        expect([file, statSync(join(directory, file)).mode & 0o111]).toEqual([file, 0o111]);
    }
    const repository = join(scratch, "repository");
    mkdirSync(repository);
    const environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: scratch,
      MIRROR_HOME: join(scratch, "home"),
    };
    execFileSync("git", ["init", "-q", "-b", "main", repository], { env: environment });
    const mirror = (...args: string[]): string =>
      execFileSync(process.execPath, [join(directory, "dist/bin/mirror.mjs"), ...args], {
        cwd: repository,
        env: environment,
        encoding: "utf8",
      });
    expect(mirror("--version")).toBe(
      `${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version}\n`,
    );
    expect(mirror("init", "--no-passphrase")).toContain("Policy begins");
    expect(mirror("agent", "add", "coder", "--client", "claude-code")).toContain("coder is bound");
    expect(mirror("lint")).toContain("good");
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
