// What every walk asks of what it sees: axe finds nothing, nothing is wider than the window, the keyboard reaches all of
// it and shows where it is, and the page stays free to answer.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const SIZES = [
  { width: 1360, height: 900 },
  { width: 390, height: 844 },
];

/** Runs in each page before anything of it: what took the page long, and what its policy forbade. */
export function watch() {
  window.seenLong = [];
  new PerformanceObserver((list) => window.seenLong.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask", buffered: true });
  document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
}

export class Walk {
  /** `server` is undefined where somebody else runs it. */
  constructor({ browser, page, address, shots, server, patience }) {
    Object.assign(this, { browser, page, address, shots, server, patience, faults: [], figures: {}, looks: true });
  }

  async open(hash) {
    await this.page.goto(new URL(hash, this.address).href);
    await this.page.waitForLoadState("networkidle");
  }

  check(holds, what) {
    if (!holds) this.faults.push(what);
  }

  /** A figure that is at most `most`. */
  bound(name, figure, most) {
    this.figures[name] = Math.round(figure * 10) / 10;
    this.check(figure <= most, `${name}: ${this.figures[name]}, and at most ${most} is right`);
  }

  /** What axe finds, in both themes, and a picture of each at both widths. */
  async look(name) {
    if (!this.looks) return;
    const { page } = this;
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.evaluate(() => new Promise((done) => setTimeout(done, 150)));
        await this.examine(`${name} ${colorScheme} ${size.width}`);
        await page.screenshot({ path: join(this.shots, `${name}-${colorScheme}-${size.width}.png`) });
      }
    }
    await page.setViewportSize(SIZES[0]);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  }

  async examine(where) {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    this.check(wide <= 0, `${where}: ${wide} pixels wider than the window`);
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async () => {
      const told = await window.axe.run(document, { resultTypes: ["violations"] });
      return told.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    });
    this.faults.push(...found.map((one) => `${where}: ${one}`));
  }

  /** Whether Tab comes to everything that can be used, and one sees where it is. Radios and tabs count once a group. */
  async tabs(where) {
    const { page } = this;
    await page.evaluate(() => {
      const usable = "a[href], button, input, select, textarea, summary, audio[controls], [tabindex='0'], [contenteditable='true']";
      document.activeElement?.blur();
      window.toReach = [...document.querySelectorAll(usable)].filter((one) => {
        if (one.disabled || one.tabIndex < 0 || one.closest("[inert], [aria-hidden='true']") !== null) return false;
        if (one.type === "radio" && !one.checked && document.querySelector(`input[name="${CSS.escape(one.name)}"]:checked`)) return false;
        return one.checkVisibility({ checkVisibilityCSS: true }) && (one.offsetParent !== null || one.getClientRects().length > 0);
      });
      window.unseen = [];
    });
    const most = (await page.evaluate(() => window.toReach.length)) * 2 + 20;
    for (let at = 0; at < most; at += 1) {
      // An editor keeps Tab for itself until Escape.
      if (await page.evaluate(() => document.activeElement?.shadowRoot !== null && document.activeElement?.shadowRoot !== undefined)) await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      const left = await page.evaluate(() => {
        const now = document.activeElement;
        const place = window.toReach.indexOf(now);
        if (place >= 0) {
          window.toReach.splice(place, 1);
          const shown = [now, now.parentElement, now.nextElementSibling].some((one) => {
            if (!one) return false;
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
            return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
          });
          if (!shown) window.unseen.push(now.outerHTML.slice(0, 120));
        }
        return window.toReach.filter((one) => one.isConnected).length;
      });
      if (left === 0) break;
    }
    const [missed, unseen] = await page.evaluate(() => [window.toReach.filter((one) => one.isConnected).map((one) => one.outerHTML.slice(0, 120)), window.unseen]);
    this.check(missed.length === 0, `${where}: Tab does not reach ${missed.slice(0, 3).join(" | ")}`);
    this.check(unseen.length === 0, `${where}: no focus seen at ${unseen.slice(0, 3).join(" | ")}`);
  }

  /** Milliseconds of the longest task that kept the page from answering while `doing` went on; 0 where none took 50. */
  async longest(doing) {
    await this.page.evaluate(() => void (window.seenLong.length = 0));
    await doing();
    return this.page.evaluate(() => new Promise((done) => setTimeout(() => done(Math.max(0, ...window.seenLong)), 300)));
  }
}
