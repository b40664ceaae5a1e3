import type { Word } from "../../model/command.ts";
import { isOpen } from "../words.ts";
import { cloud } from "./cloud.ts";

// Environment variables by which a harmless command runs something else, reads other settings, or connects
// elsewhere. `programs` null: any program. `safe`: values that do no harm.

interface Influence {
  readonly variables: RegExp;
  readonly programs: ReadonlySet<string> | null;
  readonly safe: RegExp | null;
}

function influence(variables: RegExp, programs: string | null, safe: RegExp | null = null): Influence {
  return { variables, programs: programs === null ? null : new Set(programs.split(/\s+/)), safe };
}

const gitPrograms =
  "git git-lfs gh glab hub tig lazygit go cargo npm yarn pnpm pip pip3 uv poetry composer bundle";
const pagerPrograms = `${gitPrograms} man psql mysql systemctl journalctl aws bat delta less kubectl`;
const nodePrograms =
  "node nodejs npm npx pnpm yarn bun tsc eslint prettier jest vitest mocha ava tap webpack vite rollup biome stylelint oxlint knip publint next nuxt ng nx turbo lerna c8 nyc tsx ts-node";
const pythonPrograms = "python python3 pip pip3 pytest mypy tox nox uv poetry ruff black";
const netPrograms = `${gitPrograms} ${nodePrograms} curl wget http https xh aria2c aws gcloud az pip`;
const servicePrograms = cloud.map(({ names }) => names).join(" ");
const harmlessViewer = /^(cat|less|more|head|true|:|vi|vim|nano|)$/;

const harmless =
  /^GIT_(TERMINAL_PROMPT|AUTHOR_.*|COMMITTER_.*|OPTIONAL_LOCKS|ADVICE|MERGE_VERBOSITY|FLUSH|LFS_SKIP_SMUDGE|NO_LAZY_FETCH|CEILING_DIRECTORIES|LITERAL_PATHSPECS)$/;

/** Services have too many to know: where their settings and programs lie, whom they talk to, as whom. */
const ofServices = influence(
  /^(?!(NO_COLOR|FORCE_COLOR|CLICOLOR|CI|DEBUG|LANG|LANGUAGE|LC_\w+|TZ|TERM|COLUMNS|LINES|AWS_(PROFILE|PAGER|DEFAULT_OUTPUT)|\w+_(REGION|ZONE|OUTPUT|NAMESPACE|LOG|LOG_LEVEL)|TF_(IN_AUTOMATION|INPUT|LOG|VAR_\w+)|DOCKER_BUILDKIT)$)/,
  servicePrograms,
  /^(https?:\/\/)?(localhost|127\.0\.0\.1)(:\d+)?\/?$|^(\/(home|Users)\/[^/]+|\/root|~)\/\.kube\/[\w.-]+$/,
);

const influences: readonly Influence[] = [
  influence(
    /^(LD_(PRELOAD|LIBRARY_PATH|AUDIT|DEBUG_OUTPUT)|DYLD_.*|PATH|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BASH_FUNC_.*|GCONV_PATH|MALLOC_.*HOOK.*)$/,
    null,
  ),
  influence(/^GIT_(EDITOR|SEQUENCE_EDITOR|PAGER)$/, gitPrograms, harmlessViewer),
  influence(/^(GIT_.*|SSH_ASKPASS)$/, gitPrograms),
  influence(
    /^(PAGER|MANPAGER|EDITOR|VISUAL|BROWSER|GH_(PAGER|EDITOR|BROWSER)|AWS_PAGER|SYSTEMD_(PAGER|EDITOR)|PSQL_PAGER|BAT_PAGER)$/,
    `${pagerPrograms} crontab sudoedit visudo`,
    harmlessViewer,
  ),
  influence(/^LESS(OPEN|CLOSE|KEY.*)?$/, "less man git zless bat", /^-?[A-Za-z]*$/),
  influence(/^(MANOPT|MANROFFOPT|MANPATH)$/, "man"),
  influence(/^BAT_(CONFIG_(PATH|DIR)|OPTS)$/, "bat batcat"),
  influence(/^(ACKRC|ACK_PAGER\w*|ACK_OPTIONS)$/, "ack"),
  influence(/^(AWKPATH|AWKLIBPATH|GAWK_\w+)$/, "awk gawk"),
  // The name that a backup gets: it may make a file of settings out of a harmless one.
  influence(/^SIMPLE_BACKUP_SUFFIX$/, "cp mv ln install patch"),
  influence(
    /^PYTEST_(ADDOPTS|PLUGINS)$/,
    "pytest tox nox",
    /^(\s*(-[vqxs]+|--(no-cov|color=\w+|tb=\w+)))*\s*$/,
  ),
  influence(
    /^NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|REPL_EXTERNAL_MODULE)$/,
    nodePrograms,
    /^(--(max[-_]old[-_]space[-_]size=\d+|no-warnings|trace-warnings|enable-source-maps|no-deprecation|trace-deprecation|dns-result-order=\w+|unhandled-rejections=\w+|experimental-vm-modules)\s*)*$/,
  ),
  influence(
    /^(npm_config_(?!(loglevel|fund|audit|progress|color|yes|update_notifier|cache)$)|(YARN_|PNPM_|COREPACK_|BUN_CONFIG_).*(registry|script_shell|node_options|prefix|userconfig|globalconfig|ignore_scripts))/i,
    nodePrograms,
  ),
  influence(/^PYTHON(STARTUP|HOME|INSPECT|USERBASE|BREAKPOINT)$/, pythonPrograms),
  // Modules of the repository itself are what these programs run anyway.
  influence(/^PYTHONPATH$/, pythonPrograms, /^(?!\/)(?!.*(\.\.|:\/))[\w./:-]*$/),
  influence(
    /^(PIP|UV|POETRY|PDM|PIPENV)_(?!(NO_CACHE|NO_CACHE_DIR|CACHE_DIR|NO_COLOR|NO_INPUT|QUIET|VERBOSE|DISABLE_PIP_VERSION_CHECK|PROGRESS_BAR|NO_PROGRESS|DEFAULT_TIMEOUT|LINK_MODE)$)/,
    "pip pip3 uv python python3 poetry pdm pipenv",
  ),
  influence(/^COMPOSER(_.*)?$/, "composer"),
  influence(
    /^(PERL5(OPT|LIB|DB)|PERLLIB|RUBY(OPT|LIB)|GEM_(HOME|PATH)|BUNDLE_.*|PHPRC|PHP_INI_SCAN_DIR)$/,
    "perl ruby gem bundle rails rake php prove cpan",
  ),
  influence(
    /^(JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|MAVEN_OPTS|GRADLE_OPTS)$/,
    "java javac mvn gradle ant sbt",
  ),
  influence(
    /^(RUSTC_?.*WRAPPER|RUSTFLAGS|CARGO_.*|GOFLAGS|GOPROXY|GOTOOLCHAIN|GOROOT|CC|CXX|LD|AR)$/,
    "cargo rustc go",
    /^(always|never|auto|\d+)$/,
  ),
  influence(/^RUSTUP_(TOOLCHAIN|HOME|DIST_SERVER|UPDATE_ROOT)$/, "cargo rustc rustup", /^[\w.-]+$/),
  influence(/^(MAKEFLAGS|MAKEFILES|GNUMAKEFLAGS|SHELL)$/, "make gmake", /^(-j\s*\d*|\/bin\/(ba)?sh)$/),
  influence(/^(RSYNC_RSH|RSYNC_PROXY|RSYNC_CONNECT_PROG)$/, "rsync"),
  influence(/^(TAR_OPTIONS|TAPE|RSH)$/, "tar"),
  influence(/^(GZIP|BZIP2?|XZ_OPT|XZ_DEFAULTS|ZIPOPT|UNZIP)$/, "gzip zip unzip bzip2 xz tar", /^-?\d*$/),
  influence(
    /^(GREP_OPTIONS|RIPGREP_CONFIG_PATH|FZF_DEFAULT_COMMAND|FZF_DEFAULT_OPTS)$/,
    "grep egrep fgrep rg fzf",
  ),
  influence(/^(CURL_HOME|WGETRC|NETRC|XDG_CONFIG_HOME|HOME)$/, `${netPrograms} ssh scp sftp docker kubectl`),
  influence(/^(https?|all|ftp|no)_proxy$/i, netPrograms),
  influence(/^(SUDO_ASKPASS|SSH_AUTH_SOCK)$/, "sudo ssh scp sftp rsync"),
  influence(/^(VIMINIT|EXINIT|MYVIMRC|INPUTRC|PSQLRC|PGSERVICEFILE|MYSQL_HOME)$/, "vi vim nvim psql mysql"),
  influence(/^DOCKER_(HOST|CONFIG|CONTEXT)$/, "docker docker-compose podman"),
  ofServices,
];

/** Says which variables in force can make the program do something else. */
export function influencedBy(program: string, environment: ReadonlyMap<string, Word>): string[] {
  const reasons: string[] = [];
  for (const [variable, value] of environment) {
    if (harmless.test(variable)) continue;
    // Only assigned: it may have been exported before, which is worth no doubt but for what is known to matter.
    const isOwn = !isOpen(value) || value.text !== `$${variable}`;
    const found = influences.find(
      (one) =>
        one.variables.test(variable) &&
        (one.programs === null || one.programs.has(program)) &&
        (isOwn || one !== ofServices),
    );
    if (found === undefined || (!isOpen(value) && found.safe?.test(value) === true)) continue;
    reasons.push(`\`${variable}\` changes what it does`);
  }
  return reasons;
}
