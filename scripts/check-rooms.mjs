// Holds src/ to the import rules of docs/design.md: rooms import downward only, pure rooms touch no machine,
// and only the git room knows isomorphic-git or starts git. Exits 1 with one line per breach: rule, file, target.
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise } from "dependency-cruiser";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const gateMayImport = [
  "base",
  "model",
  "analysis",
  "policy",
  "clients",
  "trust",
  "git",
  "signers",
  "ledger",
  "policy-store",
  "agents",
];
/** What each room may import beside itself. Node's own modules are `pure`'s business, packages below. */
const rooms = {
  base: [],
  model: ["base"],
  analysis: ["base", "model"],
  policy: ["base", "model"],
  clients: ["base", "model"],
  trust: ["base", "model"],
  git: ["base", "model"],
  signers: ["base", "model", "trust", "git"],
  ledger: ["base", "model", "trust", "git", "signers"],
  "policy-store": ["base", "model", "trust", "git", "signers", "policy"],
  agents: ["base", "model", "trust", "git"],
  bus: ["base", "model"],
  gate: gateMayImport,
  app: [...gateMayImport, "gate", "bus"],
  daemon: ["app", "base", "model", "clients"],
  ui: ["app", "base", "model"],
  hook: ["app", "base", "model", "clients"],
  cli: ["app", "base", "model", "clients", "daemon", "ui", "hook"],
};
const pure = ["base", "model", "analysis", "policy", "clients", "trust"];
/** Node modules that compute and do nothing else. */
const pureNodeModules = ["buffer", "crypto", "path", "path/posix", "util"];
/** Packages that only some rooms may know. */
const packageHomes = {
  "isomorphic-git": ["git"],
  unbash: ["analysis"],
  ignore: ["analysis"],
  yaml: ["model"],
  "smol-toml": ["clients"],
  ajv: ["model"],
  openpgp: ["trust", "signers"],
  commander: ["cli"],
};

const files = readdirSync("src", { recursive: true })
  .map((name) => join("src", name))
  .filter((name) => name.endsWith(".ts"));
const { output } = await cruise(["src"], {
  doNotFollow: { path: "node_modules" },
  tsPreCompilationDeps: true,
  parser: "swc",
  exoticRequireStrings: [],
});
const modules = output.modules.filter((module) => module.source.startsWith("src/"));

const breaches = [];
const breach = (rule, file, target) => breaches.push(`${rule}: ${file} -> ${target}`);
const roomOf = (file) => {
  const [first, second] = relative("src", file).split("/");
  return second === undefined ? null : first;
};

for (const module of modules) {
  const room = roomOf(module.source);
  if (room === null) {
    if (module.source !== "src/index.ts") breach("no-file-outside-a-room", module.source, "src/");
    continue;
  }
  if (!(room in rooms)) breach("unknown-room", module.source, room);
  for (const dependency of module.dependencies) {
    const target = dependency.resolved;
    if (dependency.circular) breach("no-cycle", module.source, target);
    if (target.startsWith("src/")) {
      const other = roomOf(target);
      if (other === null) breach("no-import-of-the-entry", module.source, target);
      else if (other !== room && !(rooms[room] ?? []).includes(other))
        breach("downward-only", module.source, target);
      continue;
    }
    const name = dependency.module.replace(/^node:/, "");
    if (dependency.coreModule) {
      if (pure.includes(room) && !pureNodeModules.includes(name)) breach("pure-room", module.source, target);
      if (name === "child_process" && !["git", "signers", "app", "hook"].includes(room)) {
        breach("starts-programs", module.source, target);
      }
      continue;
    }
    const packageName = name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : name.split("/")[0];
    const homes = packageHomes[packageName];
    if (homes === undefined) breach("unknown-package", module.source, packageName);
    else if (!homes.includes(room)) breach("package-home", module.source, packageName);
  }
}

// A checker that looked at nothing passes everything: hold it to the files that are there.
const seen = new Set(modules.map((module) => module.source));
for (const file of files) if (!seen.has(file)) breach("not-looked-at", file, "(no module in the graph)");
if (files.length === 0) breach("not-looked-at", "src", "(no file found)");

if (breaches.length > 0) {
  console.error(breaches.sort().join("\n"));
  console.error(`${breaches.length} breaches in ${files.length} files`);
  process.exit(1);
}
console.log(`rooms: ${files.length} files, ${Object.keys(rooms).length} rooms, no breach`);
