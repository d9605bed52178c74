// SPDX-License-Identifier: MIT
// A headless Chromium that a test drives over its debugging pipe: JSON messages that end with a NUL, on descriptors 3
// (to it) and 4 (from it). No package is needed for that.
// https://chromedevtools.github.io/devtools-protocol/
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Chromium {
  #process;
  #home = mkdtempSync(join(tmpdir(), "stackshift-chromium-"));
  #last = 0;
  #waiting = new Map();
  #listeners = [];
  #session;

  constructor(program) {
    // Root, as in a container, has no sandbox; what is opened here is a file of our own.
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
      "--remote-debugging-pipe", `--user-data-dir=${this.#home}`];
    this.#process = spawn(program, options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    let text = "";
    this.#process.stdio[4].setEncoding("utf8").on("data", (data) => {
      text += data;
      for (let end = text.indexOf("\0"); end >= 0; end = text.indexOf("\0")) {
        this.#receive(JSON.parse(text.slice(0, end)));
        text = text.slice(end + 1);
      }
    });
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("chromium has ended"));
    });
  }

  #receive(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  send(method, params = {}) {
    const id = ++this.#last;
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: this.#session })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  // Calls `listener` with each event ({method, params}).
  listen(listener) {
    this.#listeners.push(listener);
  }

  once(method) {
    return new Promise((resolve) => {
      const listener = (message) => {
        if (message.method !== method) return;
        this.#listeners.splice(this.#listeners.indexOf(listener), 1);
        resolve(message.params);
      };
      this.#listeners.push(listener);
    });
  }

  async openTab() {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    this.#session = (await this.send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
  }

  // The value of an expression in the page; of a promise, what it becomes.
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate",
      { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.on("exit", resolve));
    this.send("Browser.close").catch(() => {});
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
    rmSync(this.#home, { recursive: true, force: true });
  }
}
