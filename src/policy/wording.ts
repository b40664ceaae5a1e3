import { printable, shorten } from "../base/escape.ts";
import { wordText } from "../model/command.ts";
import type { Analysis, Effect, HostResource, PathResource } from "../model/effect.ts";
import { isUnder, type Places } from "../model/places.ts";

const longestName = 120;

/** Says in a few words what an effect does: ``reads `.env` ``. One line, safe to print. */
export function effectText(effect: Effect, analysis: Analysis, places: Places): string {
  const { resource } = effect;
  switch (resource.kind) {
    case "path":
      return `${fileVerb(effect)} ${pathText(resource, places)}`;
    case "host":
      return hostText(resource);
    case "command":
      return `runs ${commandText(effect, analysis)}`;
    case "mcp":
      return `calls ${quoted(`${resource.server}/${resource.tool}`)}`;
    case "agent":
      return `starts the subagent ${quoted(resource.type)}`;
    case "tool":
      return `uses the tool ${quoted(resource.name)}`;
  }
}

function fileVerb({ action }: Effect): string {
  if (action === "fs.read") return "reads";
  return action === "fs.delete" ? "deletes" : "writes";
}

function pathText(resource: PathResource, places: Places): string {
  const name = quoted(shownPath(resource.path, places));
  if (resource.shape === "unknown") return `a path that is not known beforehand (${name})`;
  const through = resource.real === null ? "" : `, which is ${quoted(shownPath(resource.real, places))}`;
  return `${name}${resource.shape === "tree" ? " with all below" : ""}${through}`;
}

/** Gives a path as people know it: from the repository's root, or from `~`. */
export function shownPath(path: string, places: Places): string {
  for (const root of places.repo) {
    if (path === root) return ".";
    if (isUnder(path, root)) return path.slice(root.length + 1);
  }
  return isUnder(path, places.home) ? `~${path.slice(places.home.length)}` : path;
}

function hostText({ host, direction }: HostResource): string {
  const name = host === null ? "an address that is not known beforehand" : quoted(host);
  return direction === "fetch" ? `fetches from ${name}` : `may send to ${name}`;
}

function commandText(effect: Effect, analysis: Analysis): string {
  const command = effect.command === null ? undefined : analysis.commands[effect.command];
  return command === undefined ? "a command" : quoted(command.argv.map(wordText).join(" "));
}

/** Puts outside text between backticks, on one line and not too long. */
export function quoted(text: string): string {
  return `\`${shorten(printable(text), longestName)}\``;
}
