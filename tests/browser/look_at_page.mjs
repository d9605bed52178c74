// SPDX-License-Identifier: MIT
// usage: node look_at_page.mjs CHROMIUM CHARTS PAGE OUT: opens the report in the file PAGE as a reader would, and prints
// what it has seen as JSON: requests, problems of the console, drawings, the data of a chart, what a click and a pointer
// do, what axe-core (in CHARTS/node_modules) objects to in light and dark. Screenshots go to OUT: 1400 and 400 pixels
// wide, dark, and as printed.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Chromium } from "./chromium.mjs";

const [program, charts, page, out] = process.argv.slice(2);
const url = pathToFileURL(resolve(page)).href;
const seen = { requests: [], problems: [] };

const browser = new Chromium(program);
browser.listen(({ method, params }) => {
  if (method === "Network.requestWillBeSent" && params.request.url !== url) seen.requests.push(params.request.url);
  if (method === "Runtime.exceptionThrown") seen.problems.push(params.exceptionDetails.exception?.description);
  if (method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(params.type))
    seen.problems.push(params.args.map((argument) => argument.value ?? argument.description).join(" "));
  if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level))
    seen.problems.push(params.entry.text);
});

async function resize(width, height = 900) {
  await browser.send("Emulation.setDeviceMetricsOverride",
    { width, height, deviceScaleFactor: 1, mobile: false });
}

async function open() {
  const loaded = browser.once("Page.loadEventFired");
  await browser.send("Page.navigate", { url });
  await loaded;
  // Charts are drawn one after the other once the page is there.
  await browser.evaluate(`new Promise((resolve, reject) => {
    const deadline = Date.now() + 20000;
    const look = () => {
      const figures = Array.from(document.querySelectorAll("figure.chart"));
      if (figures.every((figure) => figure.querySelector(".drawing svg"))) resolve();
      else if (Date.now() > deadline) reject(new Error("charts were not drawn"));
      else setTimeout(look, 50);
    };
    look();
  })`);
}

async function screenshot(name) {
  const { cssContentSize } = await browser.send("Page.getLayoutMetrics");
  const { data } = await browser.send("Page.captureScreenshot", {
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width: cssContentSize.width, height: Math.min(cssContentSize.height, 12000), scale: 1 },
  });
  writeFileSync(join(out, name), Buffer.from(data, "base64"));
  return cssContentSize.width;
}

async function colours(scheme) {
  await browser.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
}

async function objections() {
  await browser.evaluate(readFileSync(join(charts, "node_modules/axe-core/axe.min.js"), "utf8"));
  return browser.evaluate(`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
      "best-practice"]}).then((found) => found.violations.map((violation) => violation.id + ": " +
      violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")))`);
}

// The rows that a chart was drawn from, as Vega has them.
const rows = (id) => `document.querySelector("#" + CSS.escape(${JSON.stringify(id)})).view.data("source_0")`;

async function click(selector) {
  const place = await browser.evaluate(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    element.scrollIntoView({ block: "center", behavior: "instant" });
    const box = element.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  })()`);
  for (const type of ["mouseMoved", "mousePressed", "mouseReleased"])
    await browser.send("Input.dispatchMouseEvent", { type, ...place, button: "left", clickCount: 1 });
  await browser.evaluate("new Promise((resolve) => setTimeout(resolve, 700))");
}

const drawing = (id) => browser.evaluate(
  `document.querySelector("#" + CSS.escape(${JSON.stringify(id)}) + " .drawing").innerHTML`);

try {
  await browser.openTab();
  await colours("light");
  await resize(1400);
  await open();
  seen.figures = await browser.evaluate(
    `Array.from(document.querySelectorAll("figure.chart")).map((figure) => figure.id)`);
  seen.tables = await browser.evaluate(`document.querySelectorAll("table").length`);
  seen.text = await browser.evaluate(`document.body.innerText`);
  seen.data = {};
  for (const id of seen.figures) seen.data[id] = await browser.evaluate(rows(id));
  await screenshot("page-1400.png");
  seen.light = await objections();
  const [first] = seen.figures;
  if (first) {
    const before = await drawing(first);
    await click(`[name="${first}-show"][value="log"]`);
    seen.changed_by_click = before !== (await drawing(first));
    await click(`[id="${first}"] .drawing .mark-symbol.role-mark path`);
    seen.told = await browser.evaluate(`document.querySelector("#" + CSS.escape("${first}") + " .told").innerText`);
  }
  await colours("dark");
  seen.dark = await objections();
  await screenshot("page-dark.png");
  await colours("light");
  await resize(400);
  await open();
  seen.narrow_width = await screenshot("page-400.png");
  await resize(1400);
  await browser.send("Emulation.setEmulatedMedia", { media: "print" });
  await screenshot("page-print.png");
} catch (error) {
  console.error(`the page's console: ${seen.problems.join("; ")}`);
  throw error;
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
