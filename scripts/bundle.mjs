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

/** A bundle of modules to import; packages stay outside. */
export const moduleBundle = { ...common, packages: "external" };

/** The bundle of the `mirror` command; `outdir` is the caller's. */
export const commandBundle = {
  ...common,
  entryPoints: { mirror: "src/cli/main.ts" },
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  // Less to read at every start; names stay, so that a stack says where.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "linked",
  // Under Node's condition it gives its CommonJS form, whose names a bundled import() does not see.
  alias: { "isomorphic-git": join(root, "node_modules/isomorphic-git/index.js") },
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};
