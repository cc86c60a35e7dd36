// Bundles every script and style sheet that lies directly in src/ (what they share is in src/lib) into ../static.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile, copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { outlines } from "./outlines.mjs";

const here = import.meta.dirname;
const out = process.argv[2] ?? join(here, "..", "static");
const src = join(here, "src");
const names = await readdir(src);
const entries = names.filter((name) => name.endsWith(".js") || name.endsWith(".css")).map((name) => join(src, name));
// A worker of the map library, as a file of ours: the pages' policy lets none start from text.
entries.push(join(here, "node_modules", "maplibre-gl", "dist", "maplibre-gl-worker.mjs"));

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const parts = (await readdir(join(src, "css"))).filter((name) => name.endsWith(".css")).sort();
const site = parts.map((name) => `@import "./css/${name}";`).join("\n");
const options = {
  absWorkingDir: here, bundle: true, minify: true, sourcemap: false, metafile: true, outdir: out, entryNames: "[name].[hash]",
  chunkNames: "chunk.[hash]", assetNames: "asset.[hash]", target: ["es2022"], logLevel: "warning", legalComments: "linked",
  loader: { ".svg": "file", ".woff2": "file", ".json": "json" },
};
const scripts = await build({ ...options, entryPoints: entries, format: "esm", splitting: true });
const style = await build({ ...options, entryNames: "site.[hash]", stdin: { contents: site, resolveDir: src, sourcefile: "site.css", loader: "css" } });
const manifest = await outlines(out);
for (const [file, meta] of Object.entries({ ...scripts.metafile.outputs, ...style.metafile.outputs })) {
  if (!meta.entryPoint) continue;
  const name = meta.entryPoint === "src/site.css" || meta.entryPoint === "<stdin>" ? "site.css" : basename(meta.entryPoint);
  manifest[name] = basename(file);
}
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
