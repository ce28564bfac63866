// Walks the studio as a newcomer would, in Debian's Chromium, against a real server with real models. It looks for
// requests that leave the origin, for what the browser's console complains of, and for what axe finds, and leaves a
// picture of each screen in light and dark, 390 and 1360 pixels wide, in the folder that --shots names.
//
// node e2e/walk.mjs http://localhost:8080/ [--shots FOLDER] [--only home,chat] [--kill PID --start COMMAND]
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const [address = "http://localhost:8080/", ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const shots = option("--shots") ?? join(here, "shots");
const only = option("--only")?.split(",");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [
  { width: 1360, height: 900 },
  { width: 390, height: 844 },
];

export class Walk {
  constructor(page, faults) {
    this.option = option;
    this.page = page;
    this.faults = faults;
  }

  async open(hash) {
    await this.page.goto(new URL(hash, address).href);
    await this.page.waitForLoadState("networkidle");
  }

  /** What axe finds, in both themes, and a picture of each at both widths. */
  async look(name) {
    const { page } = this;
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await page.evaluate(() => new Promise((done) => setTimeout(done, 150)));
        const where = `${name} ${scheme} ${size.width}`;
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) this.faults.push(`${where}: ${wide} pixels wider than the window`);
        for (const found of await this.axe()) this.faults.push(`${where}: ${found}`);
        await page.screenshot({ path: join(shots, `${name}-${scheme}-${size.width}.png`) });
      }
    }
    await page.setViewportSize(SIZES[0]);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  }

  async axe() {
    await this.page.evaluate(AXE);
    return this.page.evaluate(async () => {
      const told = await window.axe.run(document, { resultTypes: ["violations"] });
      return told.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    });
  }

  check(holds, what) {
    if (!holds) this.faults.push(what);
  }
}

export async function main() {
  mkdirSync(shots, { recursive: true });
  const faults = [];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  const context = await browser.newContext({ viewport: SIZES[0] });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const origin = new URL(address).origin;
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !/^(blob|data):/.test(request.url())) faults.push(`left the origin: ${request.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !/axe|ERR_(CONNECTION|INCOMPLETE|EMPTY|NETWORK)/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
  const walk = new Walk(page, faults);
  const screens = readdirSync(join(here, "screens")).filter((name) => name.endsWith(".mjs")).sort();
  for (const file of screens) {
    const name = file.replace(".mjs", "");
    if (only && !only.includes(name)) continue;
    try {
      await (await import(`./screens/${file}`)).default(walk);
      console.log(`${name}: walked`);
    } catch (error) {
      faults.push(`${name}: ${error.message}`);
      await page.screenshot({ path: join(shots, `failed-${name}.png`) }).catch(() => undefined);
    }
  }
  await browser.close();
  for (const fault of new Set(faults)) console.error(fault);
  console.log(faults.length === 0 ? "no fault" : `${faults.length} faults`);
  return faults.length === 0 ? 0 : 1;
}

process.exit(await main());
