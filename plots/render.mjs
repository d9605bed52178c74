// SPDX-License-Identifier: MIT
// usage: node render.mjs CHARTS SPEC SVG: draws the Vega-Lite specification in the file SPEC into the file SVG, by the
// very scripts that a report's page draws with (CHARTS/node_modules). No browser is needed, and the same specification
// gives the same bytes.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

const [charts, specFile, svgFile] = process.argv.slice(2);
for (const script of ["vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js"]) {
  const file = join(charts, "node_modules", script);
  runInThisContext(readFileSync(file, "utf8"), { filename: file });
}
const { vega, vegaLite } = globalThis;

const spec = JSON.parse(readFileSync(specFile, "utf8"));
const problems = [];
const logger = {
  level: () => logger,
  error: (...words) => { problems.push(words.join(" ")); return logger; },
  warn: (...words) => { problems.push(words.join(" ")); return logger; },
  info: () => logger,
  debug: () => logger,
};
const compiled = vegaLite.compile(spec, { logger }).spec;
const view = new vega.View(vega.parse(compiled), { renderer: "none", logger });
const svg = await view.toSVG();
view.finalize();
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
writeFileSync(svgFile, `${svg}\n`);
