import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShellAnalysis } from "../../../src/analysis/shell/analyse-shell.ts";
import { analyse, renderWord } from "./render.ts";

const token = fc.constantFrom(
  ...["rm", "x", "$x", '"$y"', "$(", "`", ")", "(", "{", "}", ";", "&&", "||", "|", "&", "\n", " ", "'", '"'],
  ...[
    "if ",
    "then ",
    "fi",
    "for x in ",
    "do ",
    "done",
    "case x in ",
    "esac",
    "f() ",
    "function ",
    "<<E\n",
    "\nE\n",
  ],
  ...[
    "<",
    ">",
    "<<<",
    "2>&1",
    "((",
    "))",
    "[[ ",
    " ]]",
    "a=",
    "a[",
    "]",
    "${",
    "@P}",
    "{a,b}",
    "*",
    "~",
    "\\",
    "#",
    "!",
  ],
  ...[
    "eval ",
    "trap ",
    "cd ",
    "exec ",
    "bash -c ",
    "source ",
    "coproc ",
    "time ",
    "$'",
    "<(",
    "\0",
    "\u{202e}",
  ],
);
const text = fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join(""));

const simple = fc
  .array(fc.constantFrom("rm x", "git push", "ls $x", "echo $(rm y)", "cat < f", "a | b", "x=1"), {
    minLength: 1,
    maxLength: 3,
  })
  .map((some) => some.join("; "));

/** The words of every command that is run, without the order. */
function ran({ commands }: ShellAnalysis): string[] {
  return commands.map((command) => command.argv.map(renderWord).join(" ")).sort();
}

describe("laws", () => {
  it("any text has effects, and each hangs on a command", () => {
    fc.assert(
      fc.property(text, (one) => {
        const { commands, effects } = analyse(one);
        expect(effects.length).toBeGreaterThan(0);
        for (const effect of effects) expect(commands[effect.command ?? -1]).toBeDefined();
        commands.forEach((command, index) => {
          expect(command.argv.length).toBeGreaterThan(0);
          if (command.parent !== null) expect(command.parent).toBeLessThan(index);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["( … )", (one: string) => `( ${one}\n)`],
    ["{ …; }", (one: string) => `{ ${one}\n}`],
    ["if", (one: string) => `if [[ a ]]; then ${one}\nfi`],
    ["a function", (one: string) => `f() { ${one}\n}; f`],
    ["a substitution", (one: string) => `z=$( ${one}\n)`],
    ["the background", (one: string) => `{ ${one}\n} &`],
  ])("what runs in %s is what runs without", (_, wrap) => {
    fc.assert(
      fc.property(simple, (one) => {
        const wrapped = ran(analyse(wrap(one)));
        for (const command of ran(analyse(one))) if (command !== ":") expect(wrapped).toContain(command);
      }),
      { numRuns: 50 },
    );
  });

  it("adding a command takes no effect away", () => {
    fc.assert(
      fc.property(simple, simple, (one, other) => {
        const both = ran(analyse(`${one}\n${other}`));
        for (const command of ran(analyse(one))) if (command !== ":") expect(both).toContain(command);
      }),
      { numRuns: 100 },
    );
  });
});
