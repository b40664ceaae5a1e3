import { limits } from "../../base/limits.ts";
import type { Word } from "../../model/command.ts";
import type { Risk } from "../../model/risk.ts";
import { hostOf } from "../urls.ts";
import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import { mergesPlainly } from "./git-history.ts";
import { judgeFetchedRefspec, judgeRefspec } from "./git-revisions.ts";
import type { Arguments } from "./options.ts";
import { type Behaviour, high, medium } from "./program.ts";

const common =
  "-v,--verbose -q,--quiet --progress --no-progress -4,--ipv4 -6,--ipv6 -j,--jobs= -o,--server-option,--push-option= --upload-pack=unsafe --receive-pack,--exec=unsafe --recurse-submodules[=] --no-recurse-submodules -n,--dry-run --all --atomic --porcelain --negotiation-tip= --filter= --refmap= --depth= --deepen= --shallow-since= --shallow-exclude=";

/** Connects to a remote: a URL, or the name of one whose URL the repository's settings hold. */
function contactRemote(
  remote: Word | undefined,
  direction: "fetch" | "send",
  extra: Risk | null,
  doing: Doing,
): void {
  const name = remote ?? "origin";
  if (isOpen(name)) {
    doing.connectHost(null, direction, extra, [`depends on \`${name.text}\``]);
    return;
  }
  if (/^(ext|fd)::/.test(name)) {
    doing.unsure("`ext::` runs any program");
    doing.adds(high("runs-local-code"));
    return;
  }
  if (isAddress(name)) connectAddress(name, direction, extra, doing);
  else doing.connectHost(configuredHost(name, doing), direction, extra);
}

function isAddress(name: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(name) || /^[^/]+:/.test(name) || /[/\\]/.test(name) || name === ".";
}

/** A path is another repository on this machine: nothing leaves, but it is read or written. */
function connectAddress(
  address: string,
  direction: "fetch" | "send",
  extra: Risk | null,
  doing: Doing,
): void {
  const local = /^(file:\/\/|\.{0,2}\/|\.$|~)/.test(address);
  if (!local) {
    doing.connectHost(hostOf(address), direction, extra);
    return;
  }
  const path = address.replace(/^file:\/\//, "");
  if (direction === "fetch") doing.read(path);
  else doing.write(path);
  if (extra !== null) doing.adds(extra);
}

/** Looks a remote's host up in the repository's settings; null where they do not say it plainly. */
function configuredHost(name: string, doing: Doing): string | null {
  const directory = doing.surroundings.places.git[0];
  if (directory === undefined) return null;
  const text = doing.surroundings.world.readText(`${directory}/config`, limits.document);
  if (text === null || /insteadof|^\s*\[include/im.test(text)) return null;
  let inside = false;
  let host: string | null = null;
  for (const line of text.split("\n")) {
    const section = /^\s*\[([^\]]*)\]/.exec(line);
    if (section !== null) inside = section[1] === `remote "${name}"`;
    const url = inside ? /^\s*(push)?url\s*=\s*(\S+)\s*$/i.exec(line) : null;
    if (url?.[2] !== undefined) host = hostOf(url[2]);
  }
  return host;
}

function push(args: Arguments, doing: Doing): void {
  const deleting = args.has("-d");
  const [remote, ...refspecs] = args.operands;
  for (const word of refspecs) judgeRefspec(word, doing);
  if (deleting) doing.adds(high("destroys-data"));
  const forced = doing.risks.some((one) => one.level === "high" || one.level === "critical");
  contactRemote(
    args.value("--repo") ?? remote,
    "send",
    forced ? high("publishes") : medium("publishes"),
    doing,
  );
}

function fetch(args: Arguments, doing: Doing): void {
  const [remote, ...others] = args.operands;
  // A remote by its name was set up by somebody who may; an address is whatever stands there.
  if (remote !== undefined && !isOpen(remote) && remote !== "." && isAddress(remote))
    doing.unsure("brings in what another repository holds");
  const refspecs = args.has("--multiple") ? [] : others;
  for (const word of refspecs) judgeFetchedRefspec(word, doing);
  const map = args.value("--refmap");
  if (map !== null) judgeFetchedRefspec(map, doing);
  contactRemote(remote, "fetch", null, doing);
}

/** The directory that git makes for a repository where none is given. */
function directoryOf(url: string): string {
  return url
    .replace(/\/+$/, "")
    .replace(/(\.git)?$/, "")
    .replace(/^.*[/:]/, "");
}

function clone(args: Arguments, doing: Doing): void {
  const [url, directory] = args.operands;
  if (url === undefined) return;
  contactRemote(url, "fetch", null, doing);
  const name = isOpen(url) ? null : directoryOf(url);
  if (directory !== undefined) doing.write(directory, "tree");
  else if (name !== null && name !== "") doing.write(name, "tree");
}

const forcing = high("leaves-machine", "publishes", "rewrites-history");

/** git's subcommands that talk to other repositories. */
export const remoteCommands: Readonly<Record<string, Behaviour | string>> = {
  push: {
    options: `${common} -f,--force --force-with-lease[=] --force-if-includes --no-force-with-lease -d,--delete --mirror --prune --tags --follow-tags -u,--set-upstream --repo=skip --signed[=] --no-verify --verify --thin --branches`,
    strict: true,
    risk: medium("leaves-machine", "publishes"),
    flags: {
      "-f": forcing,
      "--force-with-lease": forcing,
      "--mirror": high("destroys-data", "leaves-machine", "publishes", "rewrites-history"),
      "--prune": high("destroys-data", "leaves-machine", "publishes"),
    },
    dryRun: ["-n"],
    acts: push,
  },
  fetch: {
    options: `${common} -f,--force -p,--prune -P,--prune-tags -t,--tags --no-tags -a,--append -u,--update-head-ok --unshallow --multiple --set-upstream --prefetch -k --auto-gc --no-auto-gc --write-fetch-head`,
    strict: true,
    acts: fetch,
  },
  pull: {
    options: `${common} -f,--force -p,--prune -t,--tags --no-tags -r,--rebase[=] --no-rebase --ff --no-ff --ff-only -s,--strategy=skip -X,--strategy-option=skip --squash --no-squash --commit --no-commit --edit --no-edit -e --autostash --no-autostash --stat --signoff --no-verify --allow-unrelated-histories -S,--gpg-sign[=] --set-upstream --unshallow -k`,
    strict: true,
    flags: { "-r": medium("rewrites-history"), "-f": medium("rewrites-history") },
    acts: (args, doing) => {
      fetch(args, doing);
      mergesPlainly(args, doing);
    },
  },
  clone: {
    options: `${common} -b,--branch= --origin= --reference=read --reference-if-able=read --template=unsafe -c,--config=unsafe --separate-git-dir=write -u=unsafe --bundle-uri=fetch -l,--local -s,--shared --no-hardlinks --bare --mirror --single-branch --no-single-branch --no-tags --no-checkout --sparse --shallow-submodules --dissociate --revision= --ref-format=`,
    strict: true,
    acts: clone,
  },
  "ls-remote": {
    options: `${common} -h,--heads,--branches -t,--tags --refs --get-url --exit-code --symref --sort=`,
    strict: true,
    acts: (args, doing) => contactRemote(args.operands[0], "fetch", null, doing),
  },
  remote: {
    options: "-v,--verbose",
    others: { risk: medium("changes-files") },
    subcommands: {
      show: { acts: (args, doing) => contactRemote(args.operands[0], "fetch", null, doing) },
      update: { acts: (args, doing) => contactRemote(args.operands[0], "fetch", null, doing) },
      "get-url": {},
      add: { options: "-f -t= -m= --tags --no-tags --mirror[=]", risk: medium("leaves-machine") },
      "set-url": { risk: medium("leaves-machine") },
      rename: {},
      "set-head": {},
      "set-branches": {},
      remove: { risk: medium("destroys-data") },
      rm: "remove",
      prune: { options: "-n,--dry-run", dryRun: ["-n"], risk: medium("destroys-data") },
    },
  },
  "send-email": {
    options: "--smtp-server=send --to= --cc= --bcc= --from=",
    risk: high("leaves-machine", "publishes"),
    acts: (args, doing) => contactRemote(args.value("--smtp-server") ?? undefined, "send", null, doing),
  },
  "request-pull": { acts: (args, doing) => contactRemote(args.operands[1], "fetch", null, doing) },
  submodule: {
    options: "-q,--quiet",
    subcommands: {
      status: {},
      summary: {},
      init: {},
      sync: {},
      update: {
        options:
          "--init --recursive --remote -f,--force -j,--jobs= --depth= --reference= -N --merge --rebase --checkout",
        flags: { "-f": high("destroys-data") },
        acts: (_args, doing) => doing.connectHost(null, "fetch"),
      },
      add: {
        options: "-b,--branch= --name= -f,--force --depth= --reference=",
        acts: (args, doing) => {
          contactRemote(args.operands[0], "fetch", null, doing);
          const [url, path] = args.operands;
          const place = path ?? (isOpen(url ?? "") ? undefined : directoryOf(String(url ?? "")));
          if (place !== undefined && place !== "") doing.write(place, "tree");
        },
      },
      foreach: {
        options: "--recursive",
        style: "posix",
        acts: (args, doing) => {
          if (args.operands.length === 1 && args.operands[0] !== undefined) doing.script(args.operands[0]);
          else doing.run(args.operands);
        },
      },
      deinit: {
        options: "-f,--force --all",
        risk: medium("destroys-data"),
        flags: { "-f": high("destroys-data") },
      },
      absorbgitdirs: {},
      "set-branch": {},
      "set-url": { risk: medium("leaves-machine") },
    },
  },
};
