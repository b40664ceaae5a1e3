import type { Word } from "../model/command.ts";

/**
 * Gives the host a URL or a bare address (`host`, `host:port/path`, `user@host:path`) names: lower-case,
 * without port, user or brackets; null where it names none or several (`{a,b}.example`).
 */
export function hostOf(address: string): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/\/?/i.exec(address);
  if (scheme?.[1]?.toLowerCase() === "file") return null;
  const rest = scheme === null ? address : address.slice(scheme[0].length);
  const end = rest.search(/[/?#\\]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const bracketed = /^\[([0-9a-f:.]+)(%[^\]]*)?\](:|$)/i.exec(host);
  const name = bracketed?.[1] ?? host.replace(/:.*$/, "");
  return /^[a-z0-9_.:-]+$/i.test(name) ? name.toLowerCase().replace(/\.$/, "") : null;
}

/** Gives the host of a word: of an open one only where the host is known before the open part begins. */
export function hostOfWord(word: Word): string | null {
  if (typeof word === "string") return hostOf(word);
  const known = word.parts[0];
  if (typeof known !== "string") return null;
  return /^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]+[/?#]/i.test(known) ? hostOf(known) : null;
}

/** Tells whether the host is this machine. */
export function isLocalHost(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    host === "0.0.0.0" ||
    host === "host.docker.internal" ||
    /^127(\.\d{1,3}){1,3}$/.test(host)
  );
}
