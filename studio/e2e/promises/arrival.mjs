// What comes over the wire until Home answers, and for each screen beside it; and how long that takes.
import { SIZES, watch } from "../look.mjs";

const HOME = 150_000; // bytes as they are sent, which is gzip
const SCREEN = 80_000;
const EDITOR = 250_000;
const INTERACTIVE = 1500; // milliseconds

/** A browser that was never here. */
async function fresh(walk) {
  const context = await walk.browser.newContext({ viewport: SIZES[0] });
  await context.addInitScript(watch);
  const page = await context.newPage();
  walk.listen(page);
  const fetched = [];
  const wire = await context.newCDPSession(page);
  const names = new Map();
  await wire.send("Network.enable");
  wire.on("Network.requestWillBeSent", ({ requestId, request }) => names.set(requestId, request.url));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => fetched.push([names.get(requestId) ?? "", encodedDataLength]));
  return { context, page, fetched };
}

/** Pictures that somebody made are theirs, and come when the screen is there. */
const ours = ([name]) => !/\/content(\?|$)/.test(name);
const sum = (fetched, of = () => true) => fetched.filter(([name]) => of(name)).reduce((all, [, size]) => all + size, 0);

/** Milliseconds from the beginning until Home's things to begin with are there and a key press is answered. */
async function untilInteractive(page) {
  return page.evaluate(async () => {
    while (document.querySelector("main h1") === null || document.querySelector("main a[href^='#/']") === null) {
      await new Promise((done) => requestAnimationFrame(done));
    }
    await new Promise((done) => setTimeout(done, 0));
    return performance.now();
  });
}

export default async function arrival(walk) {
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    const { context, page, fetched } = await fresh(walk);
    await page.goto(walk.address, { waitUntil: "commit" });
    times.push(await untilInteractive(page));
    await page.waitForLoadState("networkidle");
    if (round === 0) walk.bound("bytes until Home answers", sum(fetched.filter(ours)), HOME);
    await context.close();
  }
  walk.bound("milliseconds until Home is interactive, the longest of 5", Math.max(...times), INTERACTIVE);

  // What says how long the page stood still sees it where it did.
  const still = await walk.longest(() => walk.page.evaluate(() => void setTimeout(() => { for (const until = performance.now() + 120; performance.now() < until;); })));
  walk.check(still >= 100, `arrival: a task of 120 ms was seen as ${still} ms`);

  const { context, page, fetched } = await fresh(walk);
  await page.goto(walk.address);
  await page.waitForLoadState("networkidle");
  const screens = await page.locator("nav a[href^='#/']").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  for (const screen of screens) {
    const before = fetched.length;
    await page.evaluate((hash) => void (location.hash = hash), screen);
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(700);
    const more = fetched.slice(before).filter(ours);
    walk.bound(`bytes more for ${screen.slice(2)}`, sum(more, (name) => !name.includes("/editor-")), SCREEN);
    const editor = sum(more, (name) => name.includes("/editor-"));
    if (editor > 0) walk.bound("bytes of the editor", editor, EDITOR);
  }
  await context.close();
}
