export default async function chat(walk) {
  const { page } = walk;
  const done = () => page.getByText(/ tokens · /).last().waitFor();
  await walk.open("#/chat?model=stdlib&mode=complete");
  await page.getByRole("textbox", { name: "Beginning" }).waitFor();
  await walk.look("chat-empty");
  await page.getByRole("textbox", { name: "Beginning" }).fill("def mean(values):\n    ");
  await page.keyboard.press("Control+Enter");
  await done();
  await page.getByRole("button", { name: "Another answer" }).click();
  await page.getByText("Branch 2 of 2").waitFor();
  await done();
  await page.getByRole("button", { name: "Sureness" }).click();
  await page.getByRole("button", { name: /%$/ }).nth(3).click();
  await page.getByRole("dialog", { name: /could have stood/ }).waitFor();
  await walk.look("chat-candidates");
  await page.locator(".candidates li button:not(:disabled)").first().click();
  await page.getByText("Branch 3 of 3").waitFor();
  await done();
  await page.getByRole("button", { name: "Earlier branch" }).click();
  await page.getByText("Branch 2 of 3").waitFor();
  await page.getByRole("button", { name: "Branches", exact: true }).click();
  await page.getByRole("dialog", { name: "Branches" }).waitFor();
  await walk.look("chat-branches");
  await page.keyboard.press("Escape");
  const before = await page.locator(".turns").innerText();
  await page.reload();
  await page.locator(".turns").waitFor();
  walk.check((await page.locator(".turns").innerText()) === before, "chat: a reload shows something else");

  const models = await page.evaluate(async () => (await (await fetch("v1/models")).json()).data.map((one) => one.id));
  const talker = models.find((name) => name.includes("instruct"));
  await beside(walk, talker ?? "stdlib", done);
  await long(walk, talker ?? "stdlib");
  if (talker === undefined) return;
  await walk.open(`#/chat?model=${talker}`);
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Message" }).fill("Name three rivers in Europe, as a list.");
  await page.keyboard.press("Enter");
  await done();
  await walk.look("chat");
  await page.getByRole("button", { name: "Sureness" }).click();
  await page.getByRole("button", { name: /%$/ }).nth(2).click();
  await page.locator(".candidates li button:not(:disabled)").first().click();
  await page.getByText("Branch 2 of 2").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("You stopped it.").waitFor();
  await formed(walk, talker, done);
}

/** Two models answer the same: one is stopped, and the other gone on with. */
async function beside(walk, talker, done) {
  const { page } = walk;
  await walk.open(`#/chat?model=stdlib&mode=complete&beside=${talker}`);
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Beginning" }).fill("import os\n\ndef read(");
  await page.keyboard.press("Control+Enter");
  await page.locator(".pair div.plain").first().waitFor();
  await page.getByRole("button", { name: `Stop ${talker}` }).click();
  await done();
  await page.getByRole("button", { name: `Go on with ${talker}` }).waitFor();
  await walk.look("chat-beside");
  await page.getByRole("button", { name: `Go on with ${talker}` }).click();
  await page.getByRole("button", { name: "Goes on from here" }).waitFor();
  await page.reload();
  await page.locator(".pair .taken", { hasText: talker }).waitFor();
  await page.getByRole("button", { name: "Side by side" }).click();
  await page.getByRole("textbox", { name: "Beginning" }).fill("\n# end\n");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Branch 2 of 2").waitFor();
  walk.check((await page.locator(".pair").count()) === 0, "chat: two answers still stand beside each other after one was gone on with");
  await page.getByRole("button", { name: "Stop" }).click();
}

/** An answer of a schema and one of an expression, and what is said of them. */
async function formed(walk, talker, done) {
  const { page } = walk;
  await walk.open(`#/chat?model=${talker}`);
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByText("Form of the answer").click();
  await page.getByLabel("Held to").selectOption("json");
  await page.getByLabel("Begin with").selectOption("person");
  await page.getByRole("textbox", { name: "Message" }).fill("Who was Ada Lovelace?");
  await page.keyboard.press("Enter");
  await page.getByText(/Valid so far|Valid as it stands/).waitFor();
  await page.getByText("Valid by the schema.").waitFor();
  await done();
  await walk.look("chat-form");
  await page.getByLabel("JSON schema").fill("{");
  await page.getByText("This is no schema yet").waitFor();
  await page.getByLabel("Held to").selectOption("regex");
  await page.getByLabel("Begin with").selectOption("yes");
  await page.getByRole("textbox", { name: "Message" }).fill("Is water wet?");
  await page.keyboard.press("Enter");
  await page.getByText("Matches the expression.").waitFor();
  await page.getByLabel("Held to").selectOption("free");
}

const TURNS = 200;
const WORDS = "the a river runs through **valley** and mountain where people `code` live with many small words that say nothing of it".split(" ");

/** Two hundred turns of 5,000 words together, with likelihoods, as a browser keeps them. */
function conversation(model) {
  const turns = {};
  const chosen = {};
  let parent = null;
  for (let i = 0; i < TURNS; i += 1) {
    const id = i.toString(16).padStart(12, "0");
    const own = i % 2 === 0;
    const words = Array.from({ length: own ? 12 : 38 }, (_, at) => WORDS[(i * 7 + at * 5) % WORDS.length]);
    const pieces = words.map((word, at) => ({ text: `${at > 0 ? " " : ""}${word}`, logprob: -((at * 37) % 30) / 10, best: WORDS.slice(0, 5).map((one, n) => [` ${one}`, -n - 0.5]) }));
    turns[id] = { id, parent, role: own ? "user" : "assistant", text: words.join(" "), ...(own ? {} : { model, seed: "1", ending: "stop", tokens: 38, seconds: 1, pieces }) };
    chosen[parent ?? ""] = id;
    parent = id;
  }
  return { system: "", tree: { turns, chosen } };
}

const MOST = 100; // milliseconds that a task may take

/** A long conversation stays smooth: opened, scrolled, coloured, and while an answer comes. */
async function long(walk, model) {
  const { page } = walk;
  const browser = page.context().browser();
  await walk.open("#/home");
  await page.evaluate((kept) => localStorage.setItem("anew.chat.of.0123456789ab", JSON.stringify(kept)), conversation(model));
  // What is sent is cut to the last message: the page is measured here, and not how long a model reads.
  await page.route("**/v1/chat/completions", async (route) => {
    const body = route.request().postDataJSON();
    await route.continue({ postData: JSON.stringify({ ...body, messages: body.messages.slice(-1) }) });
  });
  const measured = async (what, does) => {
    await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"] });
    await does();
    await page.evaluate(() => new Promise((ready) => setTimeout(ready, 300)));
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const main = new Set(traceEvents.filter((one) => one.name === "thread_name" && one.args.name === "CrRendererMain").map((one) => `${one.pid}:${one.tid}`));
    const tasks = traceEvents.filter((one) => one.ph === "X" && one.name === "RunTask" && main.has(`${one.pid}:${one.tid}`));
    const longest = (clock) => Math.round(tasks.reduce((most, one) => Math.max(most, one[clock] ?? 0), 0) / 1000);
    walk.bound(`longest task of a chat of ${TURNS} turns ${what}, ms`, longest("dur"), MOST);
    walk.check(tasks.length > 0, `chat: ${what}: no task was seen`);
  };
  const scrolled = async () => {
    for (let i = 0; i < 40; i += 1) {
      await page.mouse.wheel(0, i < 20 ? -900 : 900);
      await page.evaluate(() => new Promise((ready) => setTimeout(ready, 30)));
    }
  };
  await measured("opened", async () => {
    await page.goto(new URL(`#/chat?c=0123456789ab&mode=chat&model=${model}`, page.url()).href);
    await page.locator(".turn").nth(TURNS - 1).waitFor({ state: "attached" });
  });
  await measured("scrolled", scrolled);
  await measured("coloured", () => page.getByRole("button", { name: "Sureness" }).click());
  await measured("scrolled, coloured", scrolled);
  await page.getByRole("button", { name: "Sureness" }).click();
  await page.getByRole("textbox", { name: "Message" }).fill("Tell me a long story.");
  await measured("sent", () => page.keyboard.press("Enter"));
  await page.locator(".turn").nth(TURNS + 1).locator(".markdown").waitFor();
  await measured("while an answer comes, scrolled", scrolled);
  const stop = page.getByRole("button", { name: "Stop" });
  if (await stop.isVisible()) await stop.click();
  await page.unrouteAll({ behavior: "wait" });
}
