// Walks the studio as a newcomer would, in Debian's Chromium (CHROMIUM names another), against a real server with real
// models: each screen (screens/), and what the studio promises of all of them (promises/). Requests that leave the origin,
// complaints in the browser's console and what axe finds are faults. The last line is JSON: what was walked and measured.
//
// node e2e/walk.mjs ADDRESS [--serve COMMAND] [--shots FOLDER] [--only home,chat] [--fill COMMAND]
//   [--patience MILLISECONDS]
//
// COMMAND starts the server at ADDRESS; without it one runs there, and walks that kill it are passed over by name.
// What --fill names makes a gallery of thousands in the server's home.
import { mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { SIZES, Walk, watch } from "./look.mjs";
import { Server } from "./server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [address = "http://localhost:8080/", ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const shots = option("--shots") ?? join(tmpdir(), "anew-studio");
const only = option("--only")?.split(",");
const AWAY = /ERR_(CONNECTION|INCOMPLETE|EMPTY|NETWORK)|status of [45]\d\d/; // what a killed server and a refusal look like

function listen(page, faults) {
  const { origin } = new URL(address);
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !/^(blob|data):/.test(request.url())) faults.push(`left the origin: ${request.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !AWAY.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`something opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
}

async function main() {
  mkdirSync(shots, { recursive: true });
  const command = option("--serve");
  const server = command && new Server(command, address, join(shots, "server.log"));
  await server?.start();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  const context = await browser.newContext({ viewport: SIZES[0], permissions: ["clipboard-read", "clipboard-write"] });
  await context.addInitScript(watch);
  const page = await context.newPage();
  const patience = Number(option("--patience") ?? 60_000);
  page.setDefaultTimeout(patience);
  const walk = new Walk({ browser, page, address, shots, server, patience });
  walk.fill = option("--fill");
  walk.listen = (other) => listen(other, walk.faults);
  listen(page, walk.faults);
  const walked = [];
  for (const file of files()) {
    const name = basename(file, ".mjs");
    const before = Date.now();
    try {
      const told = await (await import(file)).default(walk);
      walked.push(name);
      console.error(`${name}: ${told ?? "walked"} (${Math.round((Date.now() - before) / 1000)} s)`);
    } catch (error) {
      walk.faults.push(`${name}: ${error.message}`);
      console.error(`${name}: failed`);
      await page.screenshot({ path: join(shots, `failed-${name}.png`) }).catch(() => undefined);
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }
  }
  await browser.close();
  await server?.kill("SIGTERM");
  const faults = [...new Set(walk.faults)];
  for (const fault of faults) console.error(fault);
  console.log(JSON.stringify({ walked, faults: faults.length, ...walk.figures }));
  return faults.length === 0 ? 0 : 1;
}

function files() {
  const found = ["screens", "promises"].flatMap((folder) => readdirSync(join(here, folder)).sort().map((name) => join(here, folder, name)));
  return found.filter((file) => {
    const name = basename(file, ".mjs");
    return !only || only.includes(name);
  });
}

process.exit(await main());
