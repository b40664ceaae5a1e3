// How the source is made into something that runs: by scripts/build.mjs for what ships, by test/fixtures/without-rule.ts
// for copies from which a test has taken a rule out.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this package. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

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
    status: "src/cli/status-script.ts",
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

/**
 * All that is run as a program.
 * @type {import("esbuild").BuildOptions[]}
 */
export const programBundles = [commandBundle, scriptBundle];
