import { expect, test } from "vitest";
import { mirrorOnPath } from "../fixtures/git-server.ts";
import { governedRepository } from "../fixtures/governed-repository.ts";
import { runAs, runPage } from "../fixtures/printed-page.ts";

test("docs/policy-guide.md goes as it is printed there", () => {
  const { directory, environment } = governedRepository();
  const installed = { ...environment, PATH: `${mirrorOnPath()}:${environment["PATH"]}` };
  const ada = { cwd: directory, environment: installed };
  runAs(ada, "git config user.name Ada && git config user.email ada@example.org");
  runAs(ada, "mirror init --no-passphrase && mirror agent add coder --client claude-code");
  expect(runPage("policy-guide.md", { ada })).toBe(9);
});
