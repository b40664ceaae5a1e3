// How the source is made into something that runs: by scripts/build.mjs for what ships, by test/fixtures/without-rule.ts
// for copies from which a test has taken a rule out.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this package. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const load = createRequire(import.meta.url);

/** What every bundle shares. */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
};

/**
 * A bundle of modules to import; packages stay outside.
 * @type {import("esbuild").BuildOptions}
 */
export const moduleBundle = { ...common, packages: "external" };

/** What the bundles of programs share; `outdir` is the caller's. */
const program = {
  ...common,
  // Less to read at every start; names stay, so that a stack says where.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "linked",
  // Under Node's condition it gives its CommonJS form, whose names a bundled import() does not see.
  alias: { "isomorphic-git": join(root, "node_modules/isomorphic-git/index.js") },
};

/** The bundle of the `mirror` command. */
const commandBundle = {
  ...program,
  entryPoints: { mirror: "src/cli/main.ts" },
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};

/** Leaves a package out of the scripts: it is one of its own, read only where it is imported. */
function besideTheScripts(name) {
  return {
    name: "beside-the-scripts",
    setup: (build) =>
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ kind }) =>
        kind === "entry-point" ? null : { path: `./${name}.cjs`, external: true },
      ),
  };
}

/**
 * What must start fast, each as one script of one-byte characters: one file is read at once, and V8 keeps compiled
 * code of scripts, not of modules.
 */
const scriptBundle = {
  ...program,
  entryPoints: {
    "mirror-daemon": "src/cli/daemon-main.ts",
    serve: "src/cli/serve-command.ts",
    openpgp: "openpgp",
  },
  plugins: [besideTheScripts("openpgp")],
  // As require(): a script that is loaded from its code has no import().
  supported: { "dynamic-import": false },
  outExtension: { ".js": ".cjs" },
  format: "cjs",
  charset: "ascii",
  define: { "import.meta.url": "__url" },
  banner: { js: 'const __url=require("node:url").pathToFileURL(__filename).href;' },
};

/** Packages that the status seldom needs, since what it reads is kept as it was checked, by their scripts. */
const seldomNeeded = { ajv: "ajv/dist/2020.js", yaml: "yaml" };

/** Makes packages scripts of their own, each read when something of it is first used. */
function readAtFirstUse(packages) {
  const scripts = new Map(Object.entries(packages).map(([script, name]) => [name, `./${script}.cjs`]));
  return {
    name: "read-at-first-use",
    setup: (build) => {
      build.onResolve({ filter: /./ }, ({ kind, path }) => {
        if (kind === "entry-point") return null;
        if ([...scripts.values()].includes(path)) return { path, external: true };
        return scripts.has(path) ? { path, namespace: "at-first-use" } : null;
      });
      build.onLoad({ filter: /./, namespace: "at-first-use" }, ({ path }) => {
        const script = JSON.stringify(scripts.get(path));
        const property = (name) =>
          `Object.defineProperty(exports, "${name}", { enumerable: true, get: () => require(${script}).${name} });`;
        return { contents: Object.keys(load(path)).map(property).join("\n") };
      });
    },
  };
}

/** The script of `mirror status`, which a prompt may run at every line. */
const statusBundle = {
  ...scriptBundle,
  entryPoints: { status: "src/cli/status-script.ts", ...seldomNeeded },
  plugins: [besideTheScripts("openpgp"), readAtFirstUse(seldomNeeded)],
};

/**
 * All that is run as a program.
 * @type {import("esbuild").BuildOptions[]}
 */
export const programBundles = [commandBundle, scriptBundle, statusBundle];
