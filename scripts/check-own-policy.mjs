// Holds this project's own .mirror/ to what everybody's is held to: linted, tested with the rules that no case reaches, and
// planned, against what HEAD has. A plan needs a policy set that somebody approved, so HEAD's is begun in a scratch
// repository with an owner of its own.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "mirror-own-policy-")));
const repository = join(scratch, "repository");
const environment = {
  PATH: process.env.PATH,
  HOME: join(scratch, "home"),
  MIRROR_HOME: join(scratch, "mirror-home"),
  GIT_CONFIG_NOSYSTEM: "1",
  LC_ALL: "C.UTF-8",
};

/** Runs `mirror` in the scratch repository; gives whether it ended well. */
function mirror(...args) {
  const options = { cwd: repository, env: environment, encoding: "utf8" };
  const ran = spawnSync(process.execPath, [join(root, "dist/bin/mirror.mjs"), ...args], options);
  console.log(`$ mirror ${args.join(" ")}\n${ran.stdout}${ran.stderr}`);
  return ran.status === 0;
}

try {
  mkdirSync(repository);
  mkdirSync(environment.HOME);
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["config", "user.name", "Check"],
    ["config", "user.email", "check@example.org"],
  ])
    execFileSync("git", args, { cwd: repository, env: environment });
  const standing = execFileSync("git", ["archive", "HEAD", ".mirror"], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync("tar", ["-x"], { cwd: repository, input: standing });
  if (!mirror("init", "--no-passphrase")) throw new Error("HEAD's own policy set cannot be begun with");
  for (const part of ["mirror.yaml", "policies", "tests", "agents"]) {
    rmSync(join(repository, ".mirror", part), { recursive: true, force: true });
    if (existsSync(join(root, ".mirror", part)))
      cpSync(join(root, ".mirror", part), join(repository, ".mirror", part), { recursive: true });
  }
  const held = [mirror("policy", "lint"), mirror("policy", "test", "--coverage"), mirror("policy", "plan")];
  if (held.includes(false)) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
