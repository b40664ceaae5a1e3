import type { Word } from "../../model/command.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { influencedBy } from "./environment.ts";
import { guardedPaths } from "./guarded-paths.ts";
import { runJustRecipes, runMakeTargets } from "./package-scripts.ts";
import { type Behaviour, because, high, low, medium, type Program } from "./program.ts";
import { applyRole } from "./roles.ts";

/** Tools that run tests, plugins or settings of the repository: what they do is what the repository says. */
const repositoryTools =
  "vitest jest mocha ava tap jasmine karma playwright cypress eslint prettier stylelint biome oxlint xo standard webpack vite rollup esbuild parcel tsup swc babel next nuxt astro remix svelte-kit svelte-check gatsby turbo nx lerna rush gulp grunt storybook tailwindcss postcss sass ts-jest nodemon concurrently npm-run-all run-s run-p wait-on husky lint-staged commitlint changeset typedoc tsdoc knip depcheck madge size-limit publint attw vue-tsc vue-cli-service react-scripts ng expo metro cross-env-shell dotenvx wireit pytest py.test nose2 tox nox behave hypothesis coverage unittest mypy pyright pylint flake8 isort bandit sphinx-build mkdocs invoke inv fab pre-commit pyright-langserver alembic rspec rake rubocop minitest guard cucumber phpunit pest phpstan psalm php-cs-fixer artisan gradle gradlew mvn mvnw ant sbt lein bazel bazelisk buck2 pants meson ninja ctest scons waf autoconf automake xcodebuild swiftlint ktlint detekt golangci-lint staticcheck goreleaser air wire mockgen buf protoc tap-spec zx snyk-local dbt airflow-test great_expectations mutmut stryker lighthouse pa11y";

/** Tools that read the repository and write only into it. */
const checkers =
  "tsc ruff black gofmt goimports rustfmt shellcheck shfmt hadolint yamllint markdownlint markdownlint-cli2 jsonlint actionlint cloc tokei scc clang-format clang-tidy ansible-lint ansible-doc ansible-inventory cspell typos codespell vale dprint taplo editorconfig-checker gitleaks trufflehog semgrep autopep8 yapf pyupgrade vulture radon license-checker ctags cppcheck";

const compilers =
  "gcc g++ cc c++ clang clang++ rustc javac kotlinc ld as ar ranlib strip nasm zig ghc ocamlfind ocamlopt swiftc mcs csc fpc gfortran emcc wasm-pack wat2wasm";

/** Tools that change the shape of databases. */
const migrators =
  "prisma drizzle-kit sequelize typeorm knex mikro-orm rails django-admin manage.py flask sqlx diesel flyway liquibase migrate dbmate atlas supabase-db gitlab-rails hasura graphile-migrate";

const known: ReadonlySet<string> = new Set(
  `${repositoryTools} ${checkers} c8 nyc cmake cross-env rimraf mkdirp cpx shx serve http-server ${migrators}`.split(
    " ",
  ),
);

/** Tells whether a package's program is a tool that builds, tests or checks the repository. */
export function isBuildTool(name: string): boolean {
  return known.has(name);
}

const localCode = { level: "low", reasons: ["runs-local-code"] } as const;
const repositoryCode: Behaviour = {
  opaque: because.repositoryCode,
  risk: localCode,
  options: "--config=unsafe",
  acts: (_args, doing) => {
    guardedPaths(doing);
    influences(doing);
  },
};

/** Destroying goals of tools that otherwise build: `rails db:drop`, `prisma migrate reset`. */
const destroyingGoal =
  /(^|[:-])(drop|destroy|reset|purge|undo|rollback|flush|truncate)([:-]|$)|^(db:schema:load|db:drop.*|--accept-data-loss|--force-reset|downgrade)$/;

const publishGoal = /^(publish|deploy|release|upload|push)([:-]|$)/i;

const localModules = /^(?!.*\.\.)[\w.][\w./:-]*$/;

/** Variables that load code of somebody else into a tool: a rule about the tool says nothing about that. */
function influences(doing: Doing): void {
  const name = knownStart(doing.invocation.argv[0] ?? "").replace(/^.*\//, "");
  const environment = new Map(
    [...doing.invocation.environment].filter(
      ([variable, value]) => !(variable === "PYTHONPATH" && !isOpen(value) && localModules.test(value)),
    ),
  );
  const reasons = ["node", "pytest", "make", "mvn", "cargo", name].flatMap((program) =>
    influencedBy(program, environment),
  );
  for (const reason of reasons) doing.unsure(reason);
  if (reasons.length > 0) doing.adds(high("runs-local-code"));
}

/** Reads goals for what they say. */
const goals: Behaviour = {
  opaque: because.repositoryCode,
  risk: localCode,
  acts: (_args, doing) => {
    guardedPaths(doing);
    influences(doing);
    for (const word of doing.invocation.argv.slice(1)) {
      const text = knownStart(word);
      if (destroyingGoal.test(text)) doing.adds(high("destroys-data"));
      if (publishGoal.test(text)) doing.adds(high("leaves-machine", "publishes"));
    }
  },
};

const goBuildOptions =
  "-o=write -toolexec=unsafe -ldflags= -tags= -mod= -gcflags= -p= -overlay=unsafe -exec=unsafe -modfile= -f= -run= -bench= -coverprofile,-cpuprofile,-memprofile,-blockprofile,-mutexprofile,-trace=write -outputdir=write -C=dir -pkgdir=write";

export const buildTools: readonly Program[] = [
  {
    names: repositoryTools,
    ...goals,
    examples: [
      ["vitest run", "low opaque +runs-local-code"],
      ["gradle build", "low opaque"],
      ["mvn deploy", "high opaque +publishes"],
      ["alembic downgrade base", "high opaque +destroys-data"],
      ["pytest --version", "low"],
    ],
  },
  {
    names: migrators,
    ...goals,
    acts: (args, doing) => {
      goals.acts?.(args, doing);
      const text = doing.invocation.argv.slice(1).map(knownStart).join(" ");
      if (/\b(destroy_all|delete_all|clean|drop|down|revert|undo|repair|sqlflush|flush)\b/.test(text))
        doing.adds(high("destroys-data"));
    },
    examples: [
      ["prisma migrate reset", "high opaque +destroys-data"],
      ["prisma generate", "low opaque"],
      ["sequelize db:migrate:undo:all", "high opaque +destroys-data"],
    ],
  },
  {
    names: checkers,
    risk: low,
    operands: "skip",
    options: "-o,--output,--outfile,--outDir=write --config,-c,-p,--project=skip",
    acts: (_args, doing) => {
      for (const word of doing.invocation.argv)
        if (/^-{1,2}(shellcheck|pyflakes)\b/.test(knownStart(word))) applyRole("unsafe", word, false, doing);
      guardedPaths(doing);
      influences(doing);
    },
    examples: [
      ["ruff check src", "low"],
      ["tsc --noEmit", "low"],
    ],
  },
  {
    names: compilers,
    options:
      "-o=write -I= -L= -l= -D= -isystem= -include=read -x= -std= -MF=write -wrapper=unsafe -B=unsafe -fplugin[=unsafe] -specs[=unsafe] -Xclang= -load=unsafe -d=write --out-dir=write --emit= --crate-name= --crate-type= --edition= -C= -O= --target= -T=read",
    style: "long",
    operands: "read...",
    acts: (_args, doing) => {
      if (knownStart(doing.invocation.argv[0] ?? "") === "zig") guardedPaths(doing);
      for (const word of doing.invocation.argv.slice(1)) {
        if (/^-(wrapper|fplugin|specs|B)/.test(knownStart(word)))
          doing.unsure("its options name programs to run");
      }
    },
    examples: [
      ["gcc -o a a.c", "low fs.write:/repo/a fs.read:/repo/a.c"],
      ["gcc -wrapper sh,-c a.c", "high opaque fs.read:/repo/a.c"],
    ],
  },
  {
    names: "make gmake",
    options:
      "-C,--directory=dir -f,--file,--makefile=skip -j,--jobs[=] -l[=] -n,--just-print,--dry-run,--recon -k -s,--silent,--quiet -B,--always-make -i -e -r -R -w -q,--question -t -I= -o= -W= -O[=] --eval=unsafe -p -d --no-print-directory --trace --debug[=] -S -v",
    strict: true,
    acts: (args, doing) => {
      if (args.has("-v")) return;
      influences(doing);
      guardedPaths(doing);
      const targets = args.operands.filter((word) => !/^\w+[:?+]?=/.test(knownStart(word)));
      if (targets.length < args.operands.length) doing.unsure("its variables are set on the command line");
      runMakeTargets(targets, args.value("-f"), doing);
    },
    examples: [
      ["make test", "low opaque +runs-local-code"],
      ["make --eval=x", "high opaque"],
    ],
  },
  {
    names: "just",
    options:
      "-f,--justfile=skip -d,--working-directory=dir -l,--list -n,--dry-run --set=skip -v -q --show= --summary --evaluate",
    style: "posix",
    acts: (args, doing) => {
      if (args.has("-l", "--summary", "--show")) return;
      if (args.has("-f", "--set")) doing.unsure(because.repositoryCode);
      else runJustRecipes(args.operands, doing);
    },
    examples: [["just test", "low opaque +runs-local-code"]],
  },
  {
    names: "c8 nyc",
    style: "posix",
    options:
      "-r,--reporter= -x,--exclude= -n,--include= -o,--reports-dir,--report-dir,-d,--temp-directory,--temp-dir=write --src= --lines= --functions= --branches= --statements= -c,--config,--nycrc-path=read --cwd=dir -e,--extension= -i,--require=unsafe --all -a --check-coverage --per-file --clean --silent -s",
    acts: (args, doing) => {
      influences(doing);
      const [first] = args.operands;
      if (first === undefined || /^(report|check-coverage)$/.test(knownStart(first))) return;
      doing.unsure(because.repositoryCode);
      doing.run(args.operands);
    },
    examples: [
      ["c8 -r text vitest run", "low opaque run:vitest"],
      ["c8 report", "low"],
    ],
  },
  {
    names: "cmake",
    style: "long",
    options: "-E=skip",
    acts: (_args, doing) => {
      const words = doing.invocation.argv.slice(1);
      if (words[0] === "-E") {
        cmakeVerb(words.slice(1), doing);
        return;
      }
      doing.unsure(because.repositoryCode);
      doing.adds(localCode);
      guardedPaths(doing);
      influences(doing);
    },
    examples: [
      ["cmake --build build", "low opaque"],
      ["cmake -E cat .env", "low run:cat"],
      ["cmake -E rm -rf build", "low run:rm"],
      ["cmake -E env A=1 rm x", "low run:env"],
      ["cmake -E chdir /tmp rm x", "low fs.read:/tmp run:rm"],
      ["cmake -E copy a b", "low run:cp"],
    ],
  },
  {
    names: "task mage rake-tasks earthly dagger act bake tilt skaffold-dev devbox",
    ...goals,
    examples: [["task build", "low opaque"]],
  },
  {
    names: "cargo",
    options:
      "-q,--quiet -v --verbose --manifest-path=read --color= --offline --locked --frozen -Z= --config=unsafe -C=dir",
    subcommands: {
      ...Object.fromEntries(
        "build b check c test t run r bench clippy doc nextest rustc miri expand llvm-cov tarpaulin watch make xtask fix udeps"
          .split(" ")
          .map((name) => [name, repositoryCode]),
      ),
      ...Object.fromEntries(
        "fmt metadata tree search version help locate-project pkgid read-manifest verify-project audit deny outdated machete config info clean new init package"
          .split(" ")
          .map((name) => [name, { options: "--config=unsafe" }]),
      ),
      add: { acts: (_args, doing) => doing.connectHost("crates.io", "fetch") },
      remove: {},
      rm: {},
      update: {
        options: "--config=unsafe --manifest-path=read",
        acts: (_args, doing) => doing.connectHost("crates.io", "fetch"),
      },
      fetch: "update",
      vendor: "update",
      "generate-lockfile": "update",
      install: {
        risk: medium("runs-remote-code"),
        opaque: because.remoteCode,
        acts: (_args, doing) => doing.connectHost("crates.io", "fetch"),
      },
      publish: {
        options: "-n,--dry-run",
        dryRun: ["-n"],
        risk: high("leaves-machine", "publishes"),
        acts: (_args, doing) => doing.connectHost("crates.io", "send"),
      },
      yank: { risk: high("destroys-data", "publishes") },
      owner: { risk: high("publishes") },
      login: { risk: high("leaves-machine") },
    },
    examples: [
      ["cargo test", "low opaque +runs-local-code"],
      ["cargo fmt", "low"],
      ["cargo metadata --config build.rustc=x", "high opaque"],
      ["cargo fetch --config=x", "high opaque net.connect:fetch:crates.io"],
      ["cargo publish", "high +publishes net.connect:send:crates.io"],
    ],
  },
  {
    names: "go",
    options: "-C=dir",
    subcommands: {
      run: {
        ...repositoryCode,
        acts: (args, doing) => {
          guardedPaths(doing);
          influences(doing);
          if (!/^[^/.][^/]*\.[^/]+\//.test(knownStart(args.operands[0] ?? ""))) return;
          doing.unsure(because.remoteCode);
          doing.adds(high("runs-remote-code"));
        },
      },
      test: { ...repositoryCode, style: "long", options: goBuildOptions },
      generate: repositoryCode,
      ...Object.fromEntries(
        "fmt version doc help fix bug clean telemetry work".split(" ").map((name) => [name, {}]),
      ),
      env: { style: "long", options: "-w=unsafe -u=unsafe -json -changed" },
      list: { style: "long", options: goBuildOptions },
      vet: { style: "long", options: `${goBuildOptions} -vettool=unsafe` },
      build: {
        style: "long",
        options: goBuildOptions,
      },
      tool: { opaque: because.repositoryCode },
      install: {
        risk: medium("runs-remote-code"),
        acts: (_args, doing) => doing.connectHost("proxy.golang.org", "fetch"),
      },
      get: { acts: (_args, doing) => doing.connectHost("proxy.golang.org", "fetch") },
      mod: {
        options: "",
        subcommands: Object.fromEntries(
          "tidy download verify graph why edit init vendor"
            .split(" ")
            .map(
              (name) =>
                [
                  name,
                  /tidy|download|vendor/.test(name)
                    ? { acts: (_args, doing) => doing.connectHost("proxy.golang.org", "fetch") }
                    : {},
                ] satisfies [string, Behaviour],
            ),
        ),
      },
    },
    examples: [
      ["go test ./...", "low opaque"],
      ["go run example.com/x@latest", "high opaque +runs-remote-code"],
      ["go build -o x .", "low fs.write:/repo/x"],
      ["go build -toolexec evil", "high opaque"],
      ["go mod tidy", "low net.connect:fetch:proxy.golang.org"],
    ],
  },
  {
    names: "rustup nvm fnm volta asdf mise pyenv rbenv sdk goenv n corepack jenv tfenv",
    options: "",
    others: "verbs",
    host: null,
    examples: [["nvm list", "low net.connect:fetch:?"]],
  },
  {
    names: "dotnet msbuild",
    options: "",
    subcommands: {
      ...Object.fromEntries(
        "build test run publish pack watch clean format restore msbuild"
          .split(" ")
          .map((name) => [name, repositoryCode]),
      ),
      nuget: { others: "verbs", host: "nuget.org" },
      tool: { others: "verbs", host: "nuget.org" },
      add: { others: "verbs", host: "nuget.org" },
      ...Object.fromEntries("list sln new help".split(" ").map((name) => [name, {}])),
      ef: { opaque: because.repositoryCode, others: "verbs" },
    },
    examples: [["dotnet test", "low opaque"]],
  },
  {
    names: "cross-env",
    style: "posix",
    acts: (args, doing) => {
      doing.transparent = true;
      doing.run(["env", ...args.operands]);
    },
    examples: [["cross-env A=1 vitest", "low run:env"]],
  },
  {
    names: "rimraf del-cli trash trash-put",
    options: "-g,--glob -v --max-retries= --preserve-root --no-preserve-root -f",
    acts: (args, doing) => {
      for (const word of args.operands) doing.remove(word, "tree");
    },
    examples: [["rimraf dist", "low fs.delete:tree:/repo/dist"]],
  },
  {
    names: "mkdirp",
    operands: "write...",
    examples: [["mkdirp a/b", "low fs.write:/repo/a/b"]],
  },
  {
    names: "cpx copyfiles ncp cpy",
    operands: "read... write",
    recursive: [],
    examples: [["cpx a b", "low fs.read:/repo/a fs.write:/repo/b"]],
  },
  {
    names: "shx",
    style: "posix",
    acts: (args, doing) => {
      doing.transparent = true;
      doing.run(args.operands);
    },
    examples: [["shx rm a", "low run:rm"]],
  },
  {
    names: "twine flit semantic-release release-it np standard-version vsce ovsx",
    risk: high("leaves-machine", "publishes"),
    acts: (args, doing) => {
      if (knownStart(args.operands[0] ?? "") === "check") doing.risks.length = 0;
      else doing.connectHost(null, "send");
    },
    examples: [
      ["twine upload a.whl", "high +publishes net.connect:send:?"],
      ["twine check a.whl", "low"],
    ],
  },
  {
    names: "swift",
    options: "",
    subcommands: {
      build: repositoryCode,
      test: repositoryCode,
      run: repositoryCode,
      package: repositoryCode,
      format: {},
    },
    others: { opaque: because.inlineCode, risk: localCode },
    examples: [["swift build", "low opaque +runs-local-code"]],
  },
  {
    names: "serve http-server live-server",
    risk: medium("publishes"),
    examples: [["serve dist", "medium +publishes"]],
  },
  {
    names: "ollama claude codex gemini aider copilot cursor-agent opencode qwen goose amp crush llm q",
    risk: high("starts-agent"),
    acts: (args, doing) => {
      const verb = knownStart(args.operands[0] ?? "");
      if (/^(list|ls|show|ps|version|help|doctor|status)$/.test(verb)) return;
      doing.unsure("starts another agent");
      doing.connectHost(null, "send");
    },
    examples: [["claude -p x", "high opaque +starts-agent net.connect:send:?"]],
  },
];

const cmakeTwins: ReadonlyMap<string, readonly string[]> = new Map([
  ["cat", ["cat"]],
  ["copy", ["cp"]],
  ["copy_if_different", ["cp"]],
  ["copy_directory", ["cp", "-r"]],
  ["rename", ["mv"]],
  ["rm", ["rm"]],
  ["remove", ["rm"]],
  ["remove_directory", ["rm", "-r"]],
  ["make_directory", ["mkdir", "-p"]],
  ["touch", ["touch"]],
  ["create_symlink", ["ln", "-s"]],
  ["create_hardlink", ["ln"]],
  ["env", ["env"]],
  ["time", ["env"]],
  ["tar", ["tar"]],
  ["compare_files", ["cmp"]],
  ["sha256sum", ["sha256sum"]],
  ["md5sum", ["md5sum"]],
  ["echo", ["echo"]],
  ["sleep", ["sleep"]],
]);

/** `cmake -E` is a set of file tools: each does what the one it is named after does. */
function cmakeVerb([verb, ...rest]: readonly Word[], doing: Doing): void {
  if (verb === "chdir") {
    const [directory, ...command] = rest;
    if (directory === undefined) return;
    applyRole("dir", directory, false, doing);
    doing.run(command);
    return;
  }
  const twin = verb === undefined || isOpen(verb) ? undefined : cmakeTwins.get(verb);
  if (twin === undefined) doing.unsure("is a command of cmake that mirror does not know");
  else doing.run([...twin, ...rest]);
}
