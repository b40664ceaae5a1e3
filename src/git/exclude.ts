import { randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";

/**
 * Adds a line to the repository's own ignore file (`info/exclude`), which is shared by all work trees and never
 * committed. All else in it stays to the byte. Gives false if the line was there.
 */
export function addExclude(commonDir: string, pattern: string): boolean {
  const content = read(commonDir);
  const line = bytesOf(pattern);
  if (content.split("\n").map(withoutReturn).includes(line)) return false;
  const gap = content === "" || content.endsWith("\n") ? "" : "\n";
  write(commonDir, `${content}${gap}${line}\n`);
  return true;
}

/** Takes the line away again, wherever it stands. Gives false if it was not there. */
export function removeExclude(commonDir: string, pattern: string): boolean {
  const content = read(commonDir);
  const all = content.split("\n");
  const rest = all.filter((line) => withoutReturn(line) !== bytesOf(pattern));
  if (rest.length === all.length) return false;
  write(commonDir, rest.join("\n"));
  return true;
}

function withoutReturn(line: string): string {
  return line.replace(/\r$/, "");
}

/** Latin-1 text with one character for each UTF-8 byte: what `read` gives for such a line. */
function bytesOf(pattern: string): string {
  return Buffer.from(pattern).toString("latin1");
}

function read(commonDir: string): string {
  const path = join(commonDir, "info", "exclude");
  try {
    // A link would make this write elsewhere.
    if (!lstatSync(path).isFile()) {
      throw new MirrorError("work-tree-conflict", `\`${path}\` is no plain file`, {
        data: { paths: [path] },
        hint: "make it a plain file",
      });
    }
    // Latin-1 keeps every byte, whatever the encoding.
    return readFileSync(path, "latin1");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return "";
    throw error;
  }
}

function write(commonDir: string, content: string): void {
  const directory = join(commonDir, "info");
  mkdirSync(directory, { recursive: true });
  const temporary = join(directory, `exclude.${randomUUID()}`);
  try {
    writeFileSync(temporary, content, { encoding: "latin1", flag: "wx" });
    renameSync(temporary, join(directory, "exclude"));
  } finally {
    rmSync(temporary, { force: true });
  }
}
