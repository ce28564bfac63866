// Behind a key: it is asked for, goes to the server in a header alone, and stays in the tab's session.
import { SIZES, watch } from "../look.mjs";

const KEY = "sk-a-key-that-nobody-guesses-0123456789";

export default async function keys(walk) {
  if (walk.server === undefined) return "passed over, since it starts a server: --serve does";
  const locked = walk.server.locked(KEY);
  await locked.start();
  try {
    await behind(walk, locked.address);
  } finally {
    await locked.kill("SIGTERM");
  }
  return undefined;
}

async function behind(walk, address) {
  const context = await walk.browser.newContext({ viewport: SIZES[0] });
  await context.addInitScript(watch);
  const page = await context.newPage();
  page.setDefaultTimeout(walk.patience);
  const addresses = [];
  context.on("request", (request) => addresses.push(request.url()));
  page.on("framenavigated", (frame) => addresses.push(frame.url()));
  await page.goto(address);
  const asked = page.getByRole("dialog");
  await asked.getByRole("textbox").or(asked.locator("input[type=password]")).first().fill("sk-wrong");
  await page.keyboard.press("Enter");
  await asked.getByRole("alert").waitFor();
  await asked.locator("input").fill(KEY);
  await page.keyboard.press("Enter");
  await asked.waitFor({ state: "hidden" });
  await page.goto(new URL("#/images?model=digits", address).href);
  await page.getByRole("textbox", { name: "What it shows" }).fill("7");
  await page.keyboard.press("Enter");
  await page.locator(".images-kept img").first().waitFor();
  await page.reload();
  await page.locator(".images-kept img").first().waitFor();
  for (const link of await page.locator("nav a[href^='#/']").all()) {
    await link.click();
    await page.waitForLoadState("networkidle");
  }
  const bare = encodeURIComponent(KEY);
  walk.check(!addresses.some((one) => one.includes(KEY) || one.includes(bare)), "keys: a key is in an address");
  const kept = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches_ = await caches.keys().catch(() => []);
    return { local: JSON.stringify(localStorage), cookies: document.cookie, databases: databases.length, caches: caches_.length, page: document.documentElement.outerHTML, history: JSON.stringify(history.state), window: window.name };
  });
  walk.check(!Object.values(kept).some((one) => String(one).includes(KEY)), "keys: a key is kept beyond the session or shown");
  walk.check(kept.databases === 0 && kept.caches === 0, "keys: something is kept in a database or a cache");
  const another = await context.newPage();
  await another.goto(address);
  await another.getByRole("dialog").waitFor();
  await context.close();
}
