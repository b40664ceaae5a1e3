// Builds everything that ships: dist/lib (types and modules for `import`), dist/bin (bundled commands),
// dist/schemas (JSON Schemas for editors).
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { programBundles, root } from "./bundle.mjs";

const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
const tsc = join(dirname(typescript), "bin", "tsc");

execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.json")], { stdio: "inherit" });
rmSync(join(root, "dist/bin"), { recursive: true, force: true });

for (const bundle of programBundles) await build({ ...bundle, outdir: "dist/bin" });
mustBeOneByte();
chmodSync(join(root, "dist/bin/mirror.mjs"), 0o755);

const { schemas } = await import(pathToFileURL(join(root, "dist/lib/model/schemas.js")).href);
mkdirSync(join(root, "dist/schemas"), { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(join(root, `dist/schemas/${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}

/** The scripts are read as one-byte characters. esbuild escapes others in strings, but not in regular expressions. */
function mustBeOneByte() {
  const directory = join(root, "dist/bin");
  for (const name of readdirSync(directory).filter((each) => each.endsWith(".cjs"))) {
    const found = /.{0,40}[\u0080-\uffff].{0,40}/.exec(readFileSync(join(directory, name), "utf8"));
    if (found !== null) throw new Error(`dist/bin/${name} is not ASCII, write an escape: ${found[0]}`);
  }
}
