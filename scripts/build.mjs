// Builds everything that ships: dist/lib (types and modules for `import`), dist/bin (bundled commands),
// dist/schemas (JSON Schemas for editors).
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(join(root, "dist"), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.json")], { stdio: "inherit" });

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
  legalComments: "linked",
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  define: { __MIRROR_VERSION__: JSON.stringify(version) },
  logLevel: "warning",
});
chmodSync(join(root, "dist/bin/mirror.mjs"), 0o755);

const { schemas } = await import(pathToFileURL(join(root, "dist/lib/model/schemas.js")).href);
mkdirSync(join(root, "dist/schemas"), { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(join(root, `dist/schemas/${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
