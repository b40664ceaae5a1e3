import { shorten } from "../base/escape.ts";
import { actions } from "../model/effect.ts";
import { type ClientRule, type RuleFile, refusedReading } from "./client-rule.ts";
import type { TextPlace } from "./text-place.ts";

/** Stands for what could not be read: it may be any rule, about anything, before every other. */
export function unreadRule(file: RuleFile, place: TextPlace | null, why: string): ClientRule {
  const line = place === null ? "" : (file.text.split("\n", place.line)[place.line - 1] ?? "");
  return {
    verdict: null,
    text: shorten(line.trim(), 80) || "the file",
    at: place === null ? file.name : `${file.name}:${place.line}:${place.column}`,
    rank: Number.POSITIVE_INFINITY,
    reason: null,
    reading: refusedReading({ actions, words: [] }, why),
  };
}
