// Builds everything that ships: dist/lib (types and modules for `import`), dist/bin (bundled commands),
// dist/schemas (JSON Schemas for editors).
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
const tsc = join(dirname(typescript), "bin", "tsc");

execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.json")], { stdio: "inherit" });
rmSync(join(root, "dist/bin"), { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: { mirror: "src/cli/main.ts" },
  outdir: "dist/bin",
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
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
  logLevel: "warning",
});
chmodSync(join(root, "dist/bin/mirror.mjs"), 0o755);

const { schemas } = await import(pathToFileURL(join(root, "dist/lib/model/schemas.js")).href);
mkdirSync(join(root, "dist/schemas"), { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(join(root, `dist/schemas/${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
