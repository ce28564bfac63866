// A gallery of thousands, which e2e/fill_gallery.py makes: scrolled to its end and searched, with an eye on tasks that keep
// the page from answering.
import { execSync } from "node:child_process";

const LONGEST = 100; // milliseconds

export async function gallery(walk) {
  const { page } = walk;
  if (walk.fill !== undefined) execSync(walk.fill);
  await walk.open("#/images?model=emoji");
  await page.reload(); // it may have been there before they came
  const kept = page.locator(".images-kept");
  await kept.first().waitFor();
  const whole = await page.evaluate(async () => {
    let after = "";
    let count = 0;
    for (;;) {
      const { data, has_more: more } = await (await fetch(`v1/anew/creations?modality=image&limit=100${after}`)).json();
      count += data.length;
      if (!more || data.length === 0) return count;
      after = `&after=${data.at(-1).id}`;
    }
  });
  if (whole < 2000) {
    console.log(`gallery: ${whole} pictures, so its smoothness is not measured; --fill names what makes more`);
    return;
  }
  await page.evaluate(() => {
    window.tasks = [];
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.tasks.push(Math.round(entry.duration)); }).observe({ type: "longtask" });
  });
  const browser = page.context().browser();
  const begin = () => browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  /** By the page's own work, too: on a machine with other work, the clock counts that of others. */
  const told = async (what) => {
    await page.waitForTimeout(500);
    const clock = Math.max(0, ...(await page.evaluate(() => window.tasks.splice(0))));
    const work = longest(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
    walk.bound(`longest task of a gallery of thousands ${what}, ms`, clock, LONGEST);
    walk.check(work > 0, `gallery: ${what}: no task was seen`);
    await begin();
  };
  await begin();
  await kept.first().scrollIntoViewIfNeeded();
  const last = () => page.evaluate(() => Number([...document.querySelectorAll(".images-kept")].at(-1)?.getAttribute("aria-posinset")));
  for (let step = 0; step < 400 && (await last()) < whole; step += 1) {
    await page.mouse.wheel(0, 1500);
    await page.waitForTimeout(100);
  }
  walk.check((await last()) === whole, `gallery: ${await last()} of ${whole} came by scrolling`);
  walk.check((await kept.count()) < 300, `gallery: ${await kept.count()} tiles are on the page at once`);
  await told("scrolled to its end");
  for (let step = 0; step < 40; step += 1) {
    await page.mouse.wheel(0, step % 2 === 0 ? -4000 : 3000);
    await page.waitForTimeout(60);
  }
  await told("scrolled up and down");
  await page.waitForTimeout(1500);
  const search = page.getByRole("searchbox", { name: "Search" });
  await search.evaluate((one) => one.focus({ preventScroll: true }));
  await page.keyboard.type("yellow 1", { delay: 60 });
  await page.waitForFunction(() => [...document.querySelectorAll(".images-title")].every((one) => one.textContent.includes("yellow")));
  await told("searched");
  for (let i = 0; i < 8; i += 1) await page.keyboard.press("Backspace");
  await page.waitForFunction(() => document.querySelectorAll(".images-kept").length >= 40 && ![...document.querySelectorAll(".images-title")].every((one) => one.textContent.includes("yellow")));
  await told("the search taken back");
  await browser.stopTracing();
}

/** Milliseconds of work of the longest task on a page's main thread. */
function longest(events) {
  const main = new Set(events.filter((one) => one.name === "thread_name" && one.args.name === "CrRendererMain").map((one) => `${one.pid} ${one.tid}`));
  const tasks = events.filter((one) => one.name.endsWith("RunTask") && main.has(`${one.pid} ${one.tid}`));
  return Math.round(Math.max(0, ...tasks.map((one) => one.tdur ?? one.dur ?? 0)) / 1000);
}
