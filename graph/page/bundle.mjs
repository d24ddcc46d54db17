// Bundles the page: src/main.ts and page.css become bundle/page.js and bundle/page.css, the same bytes each time.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const made = await build({
  entryPoints: [
    { in: "src/main.ts", out: "page" },
    { in: "page.css", out: "page" },
  ],
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome103", "firefox115", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  outdir: "bundle",
  metafile: true,
  write: true,
  logLevel: "warning",
});

// The licences of what is bundled ask for their text to go wherever the code goes: into each page that is written.
const packages = new Set(
  Object.keys(made.metafile.inputs)
    .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter(Boolean),
);
const licences = [...packages].sort().map((name) => {
  const folder = join("node_modules", name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${name} ${version}, ${license}\n\n${text}\n`;
});
writeFileSync(join("bundle", "licences.txt"), licences.join("\n"));
