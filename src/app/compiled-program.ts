import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";
import { systemErrorCode } from "../base/errors.ts";
import { replaceFile } from "../policy-store/durable-file.ts";

/** A program that was loaded, and a way to make its next start faster. */
export interface LoadedProgram {
  /** What its module exports. */
  readonly exports: unknown;
  /** Keeps the code that V8 made of it up to now, unless what was kept before served. */
  readonly keepCode: () => void;
}

/**
 * Loads a CommonJS file of mirror's own. Most of the time a program takes to start is compiling it; V8 takes code
 * that it made before, kept in `codeFile`, and compiles anew where that is not there, is damaged or is another
 * version's. Null: nothing is kept.
 */
export function loadProgram(file: string, codeFile: string | null): LoadedProgram {
  // Pure ASCII, as it was bundled: a string of one byte a character is read and hashed fastest.
  const source = readFileSync(file, "latin1");
  const code = codeFile === null ? null : readIfThere(codeFile);
  const script = new Script(`(function (exports, require, module, __filename) {${source}\n})`, {
    filename: file,
    ...(code === null ? {} : { cachedData: code }),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file);
  const served = code !== null && script.cachedDataRejected === false;
  return {
    exports: module.exports,
    keepCode: () => {
      if (codeFile !== null && !served) replaceFile(codeFile, script.createCachedData());
    },
  };
}

/**
 * Gives where the code of a program is kept: beside the copy of mirror that hooks run (`<home>/bin/<copy>`), whose
 * name follows from its content. Null for a program that runs from anywhere else, where its text may change.
 */
export function codeFileOf(program: string, home: string): string | null {
  const copy = dirname(dirname(dirname(program)));
  return dirname(copy) === join(home, "bin") ? codeFileOfCopy(home, basename(copy)) : null;
}

/** Removes the code kept for a copy. */
export function dropCode(home: string, copy: string): void {
  rmSync(codeFileOfCopy(home, copy), { force: true });
}

function codeFileOfCopy(home: string, copy: string): string {
  return join(home, "bin", `${copy}.code`);
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}
