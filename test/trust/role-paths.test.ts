import fc from "fast-check";
import { expect, test } from "vitest";
import { roleOwnsPath } from "../../src/trust/role-paths.ts";

test.each([
  ["policies/**", "policies/base.yaml", true],
  ["policies/**", "policies/a/b.yaml", true],
  ["policies/**", "policies.yaml", false],
  ["policies/**", "x/policies/base.yaml", false],
  ["policies/*", "policies/a/b.yaml", false],
  ["policies/*.yaml", "policies/base.yaml", true],
  ["policies/*.yaml", "policies/base.yml", false],
  ["policies/a*b*.yaml", "policies/axxbxx.yaml", true],
  ["policies/a*b*.yaml", "policies/axx.yaml", false],
  ["**/base.yaml", "base.yaml", true],
  ["**/base.yaml", "a/b/base.yaml", true],
  ["**", "anything/at/all", true],
  ["a/**/b/**/c", "a/x/b/b/y/c", true],
  ["a/**/b/**/c", "a/x/c", false],
  ["a/*/**/c", "a/c", false],
  ["a/*/**/c", "a/b/c", true],
  ["policies/?.yaml", "policies/a.yaml", false],
  ["policies/{a,b}.yaml", "policies/a.yaml", false],
  ["policies/[ab].yaml", "policies/a.yaml", false],
  ["Policies/**", "policies/base.yaml", false],
  ["policies/", "policies/base.yaml", false],
  ["policies", "policies/base.yaml", false],
  ["", "policies/base.yaml", false],
])("%s owns %s: %s", (glob, path, expected) => {
  expect(roleOwnsPath(glob, path)).toBe(expected);
});

test("agrees with the plain definition", () => {
  const owns = (glob: readonly string[], path: readonly string[]): boolean => {
    const [part, ...rest] = glob;
    if (part === undefined) return path.length === 0;
    if (part === "**") return owns(rest, path) || (path.length > 0 && owns(glob, path.slice(1)));
    const [segment, ...more] = path;
    const pattern = new RegExp(`^${part.replaceAll("*", ".*")}$`);
    return segment !== undefined && pattern.test(segment) && owns(rest, more);
  };
  const part = fc.constantFrom("a", "b", "ab", "*", "a*", "*b", "**");
  const segment = fc.constantFrom("a", "b", "ab", "aab", "ba");
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 5 }),
      fc.array(segment, { minLength: 1, maxLength: 5 }),
      (glob, path) => {
        expect(roleOwnsPath(glob.join("/"), path.join("/"))).toBe(owns(glob, path));
      },
    ),
    { numRuns: 2000 },
  );
});

test("a hostile pattern is answered at once", () => {
  expect(roleOwnsPath("**/a/".repeat(40).slice(0, -1), "a/".repeat(2000))).toBe(false);
  expect(roleOwnsPath(`${"*a".repeat(40)}b`, "a".repeat(20_000))).toBe(false);
});
