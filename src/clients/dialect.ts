import { MirrorError } from "../base/errors.ts";
import { clientIds } from "../model/call.ts";
import { claudeCode } from "./claude-code.ts";
import type { Dialect } from "./hook-dialect.ts";

export type { Dialect } from "./hook-dialect.ts";

const dialects: ReadonlyMap<string, Dialect> = new Map([[claudeCode.id, claudeCode]]);

/** Gives the dialect of a client. Throws `unknown-client`. */
export function dialect(id: string): Dialect {
  const found = dialects.get(id);
  if (found !== undefined) return found;
  throw new MirrorError("unknown-client", `unknown client \`${id}\`, expected ${clientIds.join(" or ")}`);
}
