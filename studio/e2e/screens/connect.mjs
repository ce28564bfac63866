// A snippet is copied; on a server that wants a key, one with a quota is made, used by somebody who is no administrator,
// and taken back.
const MASTER = "sk-of-whoever-started-the-server";

export default async function connect(walk) {
  const { page, server } = walk;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await walk.open("#/connect");
  await page.getByRole("heading", { name: "Connect", level: 1 }).waitFor();
  await page.getByRole("link", { name: "openai (Python)" }).click();
  await page.getByLabel("Model").selectOption("stdlib");
  await page.getByRole("button", { name: "Copy: Into the file ask.py" }).click();
  await page.getByText("Copied.").first().waitFor();
  const code = await clipboard();
  walk.check(/client\.completions\.create\(\s*model="stdlib"/.test(code), `connect: copied ${code}`);
  await walk.look("connect");
  await page.reload();
  await page.getByRole("heading", { name: "openai (Python)" }).waitFor();
  await page.getByRole("link", { name: "curl" }).click();
  await page.locator("h1").click();
  await page.keyboard.press("y");
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("curl "));
  const spelled = await clipboard();
  walk.check(spelled.includes(`${await page.evaluate(() => location.origin)}/v1/fim/completions`), `connect: copied ${spelled}`);
  await page.getByRole("link", { name: "Instructor" }).click();
  await page.getByText(/needs a model/).waitFor();
  await walk.look("connect-needs");
  await page.getByRole("tab", { name: "Keys" }).click();
  await page.getByText("This server runs without keys").waitFor();
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByText(/This is the first key/).waitFor();
  await walk.look("connect-first");
  await page.keyboard.press("Escape");
  if (server === undefined) return "walked without keys: --serve starts a server that has them";
  const locked = server.locked(MASTER);
  await locked.start();
  try {
    await keyed(walk, locked.address, MASTER);
  } finally {
    await locked.kill("SIGTERM");
  }
  return undefined;
}

async function keyed(walk, address, master) {
  const { page } = walk;
  const context = await page.context().browser().newContext({ viewport: page.viewportSize() });
  const other = Object.assign(Object.create(Object.getPrototypeOf(walk)), walk, { page: await context.newPage() });
  const tab = other.page;
  tab.on("request", (request) => walk.check(!request.url().includes("sk-"), "connect: a key is in an address"));
  const enter = async (key) => {
    await tab.getByLabel("Key", { exact: true }).fill(key);
    await tab.getByRole("button", { name: "Enter" }).click();
    await tab.getByRole("dialog").waitFor({ state: "detached" });
  };
  await tab.goto(new URL("#/connect?tab=keys", address).href);
  await enter(master);
  await tab.getByText("The one that the server was started with.").waitFor();
  await tab.getByRole("button", { name: "Make a key" }).click();
  const dialog = tab.getByRole("dialog");
  const name = `walk ${process.pid}`;
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Requests a minute").fill("no number");
  await dialog.getByText("A whole number from 1 on.").waitFor();
  await dialog.getByLabel("Requests a minute").fill("600");
  await dialog.getByLabel("Tokens a day").fill("200,000");
  await dialog.getByLabel("Good for").selectOption("30d");
  await other.look("connect-new-key");
  await dialog.getByRole("button", { name: "Make a key" }).click();
  const secret = await dialog.locator(".connect-secret").innerText();
  walk.check(/^sk-anew-[0-9a-f]{12}-[0-9a-f]{64}$/.test(secret.trim()), "connect: what was shown is no key");
  await dialog.getByRole("button", { name: "I have it" }).click();
  await tab.getByText("0 of 200,000").waitFor();
  await other.look("connect-keys");
  const kept = await tab.evaluate(() => JSON.stringify(localStorage));
  walk.check(!kept.includes("sk-") && !kept.includes(name), "connect: a key or its draft stays in this browser");

  await tab.evaluate(() => sessionStorage.clear());
  await tab.reload();
  await enter(secret.trim());
  await tab.getByText(/Keys are made by an administrator/).waitFor();
  await other.look("connect-no-admin");
  await tab.goto(new URL("#/models", address).href);
  await tab.getByText(/Your key may look and use/).waitFor();
  await other.look("models-no-admin");
  await tab.goto(new URL("#/queue?tab=log", address).href);
  await tab.getByText("The log is for administrators of this server.").waitFor();
  await other.look("queue-no-admin");
  await tab.goto(new URL("#/connect?client=curl", address).href);
  await tab.getByText(/it asks for your key/).first().waitFor();
  const shown = await tab.locator("main").innerText();
  walk.check(!shown.includes("sk-") && shown.includes("$OPENAI_API_KEY"), "connect: a snippet has a key, or names none");
  await other.look("connect-keyed");

  await tab.evaluate((key) => sessionStorage.setItem("anew.key", key), master);
  await tab.goto(new URL("#/connect?tab=keys", address).href);
  await tab.reload();
  await tab.getByRole("button", { name: `Take back ${name}` }).click();
  await other.look("connect-take-back");
  await tab.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await tab.getByText(`${name} opens nothing any more.`).waitFor();
  const status = await tab.evaluate(async (key) => (await fetch("v1/models", { headers: { authorization: `Bearer ${key}` } })).status, secret.trim());
  walk.check(status === 401, `connect: a key that was taken back opens the door (${status})`);
  await context.close();
}
