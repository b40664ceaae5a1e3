import { basename, dirname } from "node:path/posix";
import type { PathResource } from "../model/effect.ts";
import { isUnder, type Places } from "../model/places.ts";
import { combineRisks, noRisk, type Risk, type RiskLevel, type RiskReason } from "../model/risk.ts";
import { looksSecret, mayLookSecret } from "./secrets.ts";

export type FileAction = "fs.read" | "fs.write" | "fs.delete";

/** Makes a risk; the reasons come out sorted. */
export function risk(level: RiskLevel, ...reasons: RiskReason[]): Risk {
  return { level, reasons: [...new Set(reasons)].sort() };
}

/** Settings by which clients call hooks, and the directories that hold them: who writes them switches the gate off. */
const guardFiles =
  /\/\.claude\/(settings[^/]*\.json|hooks(\/|$))|\/\.claude\.json$|\/managed-settings\.json$|\/\.codex\/(config\.toml|hooks\.json|hooks(\/|$))|\/\.(gemini|qwen)\/settings\.json$|\/\.cursor\/hooks(\.json|\/|$)|\/\.github\/hooks(\/|$)|\/\.copilot\/(config|hooks)[^/]*|\/\.?opencode(\.jsonc?$|\/(plugins?|opencode\.jsonc?)(\/|$))|\/\.mirror(\/|$)|\/\.(claude|codex|gemini|qwen|cursor|opencode|copilot|config\/opencode|git)$/;

/** Files that make code run later, outside the repository. */
const persistentFiles =
  /\/\.(bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|zlogout|kshrc|cshrc|tcshrc|login|inputrc|xprofile|xinitrc|xsessionrc|gitconfig|vimrc|npmrc|pypirc|curlrc|wgetrc|gdbinit|bash_aliases)$|\/\.ssh(\/|$)|\/\.config\/(git|fish|autostart|systemd|environment\.d|nvim|direnv|pip)(\/|$)|\/library\/launch(agents|daemons)(\/|$)|^\/etc\/(cron[^/]*|systemd|init\.d|rc[^/]*|profile(\.d)?|bash\.bashrc|zsh[^/]*|environment|ld\.so[^/]*|pam\.d|sudoers(\.d)?|passwd|shadow|group|ssh|launchd[^/]*|gitconfig|hosts)(\/|$)|^\/var\/(spool\/cron|at)(\/|$)|^\/usr\/lib\/systemd(\/|$)/;

/** Files of a repository that make code run elsewhere or by itself. */
const triggers =
  /\/\.github\/(workflows|actions)(\/|$)|\/\.gitlab-ci\.ya?ml$|\/\.circleci\/|\/jenkinsfile$|\/\.husky(\/|$)|\/azure-pipelines\.ya?ml$|\/\.envrc$|\/\.mcp\.json$|\/\.vscode\/(tasks|settings|launch)\.json$|\/\.pre-commit-config\.ya?ml$|\/bitbucket-pipelines\.yml$|\/\.travis\.yml$|\/\.cursor\/mcp\.json$|\/\.gitattributes$|\/\.gitmodules$/;

/** What builds make and make again. */
const buildOutput =
  /(^|\/)(node_modules|bower_components|dist|build|target|out|coverage|\.?venv|\.dart_tool|\.angular|\.output|\.docusaurus|\.ipynb_checkpoints|\.hypothesis|\.eslintcache|\.stylelintcache|\.sass-cache|\.stack-work|\.?zig-(cache|out)|cmake-build-[^/]*|playwright-report|test-results|storybook-static|\.cache|\.next|\.nuxt|\.turbo|\.parcel-cache|\.svelte-kit|\.vite|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.nox|\.nyc_output|htmlcov|\.gradle|\.eggs|[^/]*\.egg-info|tmp|temp|\.tmp|logs?|[^/]+\.(log|tmp|pyc|pyo|o|bak|swp|tsbuildinfo))(\/|$)/;

/** Tells whether files and directories of that name, which may be a pattern, are made by builds, and made again. */
export function isBuildOutput(name: string): boolean {
  return buildOutput.test(name) && !name.includes("/");
}

/** Build output that no branch or tag is called like. */
const noRefName =
  /^(__pycache__|node_modules|bower_components|\..*|.*\.(pyc|pyo|o|tsbuildinfo|egg-info|log|tmp|bak|swp))$/;

/** Tells whether nothing of git's own has a name of build output: `*.pyc`, and not `logs` or `build`. */
export function isNoRefName(name: string): boolean {
  return noRefName.test(name);
}

const systemDirectories =
  /^\/(bin|boot|dev|etc|lib|lib32|lib64|opt|proc|root|sbin|srv|sys|usr|var|run|System|Library|Applications|private\/(etc|var))(\/|$)/;

const scratchDirectories = ["/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp"] as const;

export type Region = "repository" | "scratch" | "home" | "system" | "elsewhere";

/** Tells which part of the machine a path (absolute, normalised) lies in. */
export function regionOf(path: string, places: Places): Region {
  if (places.repo.some((root) => isUnder(path, root))) return "repository";
  for (const root of [...places.tmp, ...scratchDirectories]) {
    if (path !== root && isUnder(path, root)) return "scratch";
  }
  if (isUnder(path, places.home)) return "home";
  if (path === "/" || systemDirectories.test(path)) return "system";
  return "elsewhere";
}

/** Gives what reading, writing or deleting there risks. Both the path as named and the real one count. */
export function pathRisk(action: FileAction, resource: PathResource, places: Places): Risk {
  if (resource.shape === "unknown") return unknownRisk(action);
  const named = riskAt(action, resource.path, resource.shape, places);
  return resource.real === null
    ? named
    : combineRisks([named, riskAt(action, resource.real, resource.shape, places)]);
}

function unknownRisk(action: FileAction): Risk {
  if (action === "fs.read") return risk("medium", "opaque");
  return action === "fs.write"
    ? risk("medium", "changes-files", "opaque")
    : risk("high", "destroys-data", "opaque");
}

function riskAt(action: FileAction, path: string, shape: PathResource["shape"], places: Places): Risk {
  const region = regionOf(path, places);
  const away: Risk =
    region === "repository" || region === "scratch" ? noRisk : risk("low", "outside-repository");
  if (action === "fs.read") return combineRisks([away, readRisk(path, shape, region, places)]);
  const guard = guardRisk(path, action === "fs.delete" && shape === "tree", places);
  const own = action === "fs.write" ? writeRisk(path, region) : deleteRisk(path, shape, region, places);
  return combineRisks([away, guard, own]);
}

function readRisk(path: string, shape: PathResource["shape"], region: Region, places: Places): Risk {
  if (places.mirror.some((root) => isUnder(path, `${root}/keys`))) return risk("critical", "reads-secret");
  const secret = shape === "glob" ? mayLookSecret(path) : looksSecret(path);
  if (secret) return risk("high", "reads-secret");
  const wide = shape === "tree" && (isUnder(places.home, path) || path === "/");
  if (wide) return risk("high", "reads-secret");
  return region === "home" ? risk("medium", "outside-repository") : noRisk;
}

function writeRisk(path: string, region: Region): Risk {
  if (/^\/dev\/(sd|hd|vd|xvd|nvme|disk|mmcblk|mapper|dm-|md|loop)/.test(path)) {
    return risk("critical", "destroys-data", "privilege");
  }
  if (region === "repository" || region === "scratch") return risk("low", "changes-files");
  return risk(region === "system" ? "high" : "medium", "changes-files");
}

function deleteRisk(path: string, shape: PathResource["shape"], region: Region, places: Places): Risk {
  // `*` alone takes everything there; `*.log` says which files it means.
  const all = shape === "glob" && !/[^*?.[\]]/.test(basename(path));
  const base = all ? dirname(path) : path;
  const roots = [...places.repo, ...places.git, places.home];
  const swallows = roots.some((root) => isUnder(root, base));
  if (swallows && (shape === "tree" || all)) {
    return risk(region === "repository" && all ? "high" : "critical", "destroys-data");
  }
  if (region === "scratch") return risk("low", "changes-files");
  if (region === "repository") return deleteInRepository(path, shape, places);
  if (shape === "exact" && region !== "system") return risk("medium", "destroys-data");
  return risk(shape === "exact" ? "high" : "critical", "destroys-data");
}

function deleteInRepository(path: string, shape: PathResource["shape"], places: Places): Risk {
  const root = places.repo.find((one) => isUnder(path, one)) ?? "";
  const small = shape === "exact" || (shape === "glob" && dirname(path) === root);
  if (buildOutput.test(path.slice(root.length)) || small) return risk("low", "changes-files");
  return risk("medium", "destroys-data");
}

/** Risk of changing what guards the agent, or what runs by itself later. `below`: all that lies below, too. */
function guardRisk(path: string, below: boolean, places: Places): Risk {
  const lower = path.toLowerCase();
  const guarded = [...places.git, ...places.mirror, ...places.repo.map((root) => `${root}/.mirror`)];
  if (guarded.some((root) => isUnder(path, root)) || guardFiles.test(lower)) {
    return risk("critical", "changes-guard");
  }
  if (/\/\.git\/(hooks|config|info|modules)(\/|$)/.test(lower)) return risk("critical", "changes-guard");
  if (below && guarded.some((root) => isUnder(root, path))) return risk("critical", "changes-guard");
  if (persistentFiles.test(lower) && regionOf(path, places) !== "repository")
    return risk("high", "persistence");
  return triggers.test(lower) ? risk("medium", "persistence") : noRisk;
}
