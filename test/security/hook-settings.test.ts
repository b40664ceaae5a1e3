import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";

// Settings say which hooks a client calls: who writes them switches the gate off, in the same session. Every way to write
// them is denied by the installed hook itself, in each of the places where they are looked for.

/** Ways for one call to write a file; `dir` is its directory, `from` a file with other settings. */
const commands: Readonly<Record<string, (file: string, dir: string) => string>> = {
  "a redirection": (file) => `echo '{"disableAllHooks":true}' > ${file}`,
  "an appending one": (file) => `echo >> "${file}"`,
  tee: (file) => `echo {} | tee ${file}`,
  "sed -i": (file) => `sed -i 's/PreToolUse/Off/' ${file}`,
  "a backup's suffix": (file) => `sed -ijson s/a/b/ ${file.replace(/json$/, "")}`,
  cp: (file) => `cp other.json ${file}`,
  "cp into the directory": (_file, dir) => `cp settings.json ${dir}/`,
  mv: (file) => `mv other.json ${file}`,
  "moving the directory": (_file, dir) => `mv ${dir} away`,
  "deleting it": (file) => `rm -f ${file}`,
  "deleting the directory": (_file, dir) => `rm -r ${dir}`,
  truncate: (file) => `truncate -s 0 ${file}`,
  dd: (file) => `dd if=other.json of=${file}`,
  install: (file) => `install -m 644 other.json ${file}`,
  "ln over it": (file) => `ln -sf /tmp/other.json ${file}`,
  "a link to it": (file) => `ln -s ${file} mine && echo {} > mine`,
  "unpacking it": (file) => `gunzip ${file}.gz`,
  "a script in the call": (file) => `bash -c 'echo {} > ${file}'`,
  "a function": (file) => `f() { echo {} > "$1"; }; f ${file}`,
  "a variable": (file) => `x=${file}; echo {} > $x`,
  "the directory first": (file, dir) => `cd ${dir} && echo {} > ${file.replace(/^.*\//, "")}`,
};

const tracked: Readonly<Record<string, (file: string) => string>> = {
  "git checkout --": (file) => `git checkout HEAD~1 -- ${file}`,
  "git checkout of the directory": () => "git checkout HEAD~1 -- .claude",
  "git restore": (file) => `git restore --source=HEAD~1 ${file}`,
  "git mv": (file) => `git mv -f other.json ${file}`,
  "git rm": (file) => `git rm -f ${file}`,
  "git show": (file) => `git show HEAD~1:other.json > ${file}`,
  "git archive": (file) => `git archive -o ${file} HEAD`,
};

describe("hook settings", () => {
  let repository: Governed;
  let before: string;
  const settings = () => readFileSync(join(repository.directory, ".claude/settings.local.json"), "utf8");

  beforeAll(() => {
    repository = boundRepository();
    before = settings();
    const write = (path: string, text: string) => writeFileSync(join(repository.directory, path), text);
    for (const name of ["other.json", "settings.json", "settings.local.json"]) write(name, "{}");
    // Made by somebody else, before the agent came.
    symlinkSync(".claude/settings.local.json", join(repository.directory, "link.json"));
    symlinkSync(".claude", join(repository.directory, "linked"));
    write("plain.sh", "echo {} > .claude/settings.json\n");
    write("any.py", "open('.claude/settings.json', 'w')\n");
    write("bad.patch", "--- a/.claude/settings.json\n+++ b/.claude/settings.json\n@@ -1 +1 @@\n-{}\n+{ }\n");
    mkdirSync(join(repository.home, ".claude"), { recursive: true });
  });

  test.each([".claude/settings.json", ".claude/settings.local.json", "~/.claude/settings.json"])(
    "%s is not written, whichever way",
    async (file) => {
      const dir = file.replace(/\/[^/]*$/, "");
      const ways = { ...commands, ...(file.startsWith("~") ? {} : tracked) };
      const answers: Record<string, string> = {};
      for (const [way, command] of Object.entries(ways)) {
        answers[way] = (await repository.bash(command(file, dir))).decision;
      }
      const path = file.startsWith("~")
        ? join(repository.home, file.slice(2))
        : join(repository.directory, file);
      const edit = { file_path: path, old_string: "PreToolUse", new_string: "Off" };
      answers["Write"] = (await repository.call("Write", { file_path: path, content: "{}" })).decision;
      answers["Edit"] = (await repository.call("Edit", edit)).decision;
      const edits = [{ old_string: "a", new_string: "b" }];
      answers["MultiEdit"] = (await repository.call("MultiEdit", { file_path: path, edits })).decision;
      const allDenied = Object.fromEntries(Object.keys(answers).map((way) => [way, "deny"]));
      expect(answers).toEqual(allDenied);
      expect(settings()).toBe(before);
    },
  );

  test("a link to them is as good as they are", async () => {
    const path = join(repository.directory, "link.json");
    const answers = [
      await repository.call("Write", { file_path: path, content: "{}" }),
      await repository.call("Edit", { file_path: path, old_string: "a", new_string: "b" }),
      await repository.bash("echo {} > link.json"),
      await repository.bash("sed -i s/a/b/ linked/settings.local.json"),
      await repository.bash("cd linked && tee settings.json < /dev/null"),
      await repository.bash("touch linked/settings.json"),
    ];
    expect(answers.map((one) => one.decision)).toEqual(answers.map(() => "deny"));
  });

  test("a patch and a script are never let through unseen", async () => {
    const decided = async (command: string) => (await repository.bash(command)).decision;
    expect(await decided("bash plain.sh")).toBe("deny");
    expect(await decided(". ./plain.sh")).toBe("deny");
    expect(await decided("python3 any.py")).toBe("ask");
    expect(await decided("git apply bad.patch")).toBe("deny");
    expect(await decided("git apply --directory=x --cached bad.patch")).toBe("deny");
    expect(await decided("git am bad.patch")).toBe("deny");
    expect(await decided("patch -p1 -i bad.patch")).toBe("deny");
    expect(await decided("patch -p1 < bad.patch")).toBe("ask");
    expect(await decided("git apply unknown.patch")).toBe("ask");
    expect(await decided("git apply <<'E'\n+++ b/.claude/settings.json\nE")).toBe("deny");
    expect(await decided("patch .claude/settings.json bad.patch")).toBe("deny");
    expect(await decided("echo 'echo > .claude/settings.json' > new.sh; sh new.sh")).toBe("ask");
    expect(await decided("echo 'echo > .claude/settings.json' | sh")).toBe("deny");
    expect(await decided("git merge -X subtree=.claude other")).toBe("ask");
    expect(await decided("git submodule add ./other .claude")).toBe("deny");
  });

  test("what lies beside them is nobody's business", async () => {
    const answers = [
      await repository.bash("mkdir -p .claude/commands && echo hi > .claude/commands/x.md"),
      await repository.bash("cat .claude/settings.local.json"),
      await repository.bash("sed -i s/a/b/ other.json"),
      await repository.bash("git stash push other.json"),
      await repository.call("Write", {
        file_path: join(repository.directory, ".claude/agents/x.md"),
        content: "x",
      }),
    ];
    expect(answers.map((one) => one.decision)).toEqual(answers.map(() => "allow"));
  });
});
