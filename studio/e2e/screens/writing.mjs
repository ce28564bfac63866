// Documents that are asked, and a text from an idea to files. Both need a model that chats.
import { readFileSync } from "node:fs";

const FERRY = `# The ferry

The ferry to Hovedøya leaves from the town hall pier at nine in the morning and at noon. It takes twelve minutes.
Dogs are welcome on deck, bicycles cost thirty crowns.

In winter, from November to March, it does not sail at all.
`;
const PAGE = "<!doctype html><style>p{color:red}</style><h1>Bees</h1><p style='color:red'>Bees live in hives.</p><img src=x onerror=alert(1)><script>alert(1)</script>";

export default async function writing(walk) {
  const { page } = walk;
  await walk.open("#/home");
  const models = await page.evaluate(async () => (await (await fetch("v1/models")).json()).data.map((one) => one.id));
  const talker = models.find((name) => name.includes("instruct"));
  if (talker === undefined) {
    await walk.open("#/chat?view=documents");
    await page.getByText("taught to follow instructions").waitFor();
    await walk.look("documents-no-model");
    return;
  }
  await documents(walk, talker);
  await path(walk, talker);
}

async function documents(walk, talker) {
  const { page } = walk;
  await walk.open(`#/chat?view=documents&model=${talker}`);
  await page.getByText("Choose or drop text files").waitFor();
  await walk.look("documents-empty");
  await page.locator("input[type=file]").setInputFiles([
    { name: "ferry.md", mimeType: "text/markdown", buffer: Buffer.from(FERRY) },
    { name: "bees.html", mimeType: "text/html", buffer: Buffer.from(PAGE) },
    { name: "bytes.txt", mimeType: "text/plain", buffer: Buffer.from([0xff, 0xfe, 0x00]) },
  ]);
  await page.getByText("bytes.txt is no text").waitFor();
  const ask = async (question) => {
    await page.getByRole("textbox", { name: "Question" }).fill(question);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: question }).waitFor();
    await page.locator(".found[aria-busy]").waitFor({ state: "detached", timeout: 180_000 });
  };
  await ask("Who was the king of Spain in 1700?");
  await page.getByText("The documents do not answer this.").waitFor();
  await ask("What do bicycles cost on the ferry?");
  await page.locator(".quoted").first().click();
  await page.locator(".reader mark.here").waitFor();
  walk.check((await page.locator(".reader mark").first().innerText()).includes("bicycles cost thirty crowns"), "documents: another place is marked");
  await walk.look("documents");
  await page.reload();
  await page.locator(".reader mark.here").waitFor();
  await page.getByRole("button", { name: /bees\.html/ }).first().click();
  await page.locator(".reader", { hasText: "Bees live in hives." }).waitFor();
  walk.check((await page.locator(".reader").innerText()).includes("alert") === false, "documents: a page's script is shown as its text");
}

async function path(walk, talker) {
  const { page } = walk;
  await walk.open(`#/chat?view=path&model=${talker}`);
  await page.getByRole("textbox", { name: "Topic" }).waitFor();
  await walk.look("writing-empty");
  await page.getByRole("textbox", { name: "Topic" }).fill("Keeping bees on a roof");
  const text = (step) => page.getByRole("textbox", { name: `${step}: the text` });
  const made = (step) => page.locator(`#step-${step} .told`).waitFor({ timeout: 180_000 });
  await page.getByRole("button", { name: "Have ideas" }).click();
  await made("brainstorm");
  await page.getByLabel("About").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Outline it" }).click();
  await page.locator("#step-outline .growing", { hasText: "#" }).waitFor();
  await page.locator("#step-outline").getByRole("button", { name: "Stop" }).click();
  await page.getByText("You stopped it.").waitFor();
  // A person's outline stands beside what there was.
  await text("Outline").fill("# Bees above the town\n\n## A roof\n\n- sun and wind\n\n## A hive\n\n- how many bees");
  await page.getByText("Version 2 of 2").waitFor();
  await page.getByLabel("Length").first().fill("50");
  await page.getByRole("button", { name: "Write the draft" }).click();
  await made("draft");
  walk.check((await text("Draft").inputValue()).startsWith("# Bees above the town\n\n## A roof\n\n"), "writing: the draft keeps to another outline");
  await page.getByLabel("How").selectOption("shorter");
  await page.getByRole("button", { name: "Refine it" }).click();
  await made("refine");
  await page.getByRole("button", { name: "Sum it up" }).click();
  await made("summary");
  await text("Draft").fill("# Bees above the town\n\n## A roof\n\nMine.");
  await page.getByText("The draft has changed since.").waitFor();
  await page.getByRole("button", { name: "Draft: earlier version" }).click();
  await walk.look("writing");
  for (const [button, ending, begins] of [["Markdown", "md", "# "], ["HTML", "html", "<!doctype html>"], ["Word (docx)", "docx", "PK"]]) {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
    const name = file.suggestedFilename();
    walk.check(name.endsWith(`.${ending}`), `writing: ${button} is called ${name}`);
    walk.check(readFileSync(await file.path()).toString("latin1").startsWith(begins), `writing: ${button} does not begin with ${begins}`);
  }
  const before = await text("Outline").inputValue();
  await page.reload();
  await page.getByText("Version 1 of 2").first().waitFor();
  walk.check((await text("Outline").inputValue()) === before, "writing: a reload shows another outline");
}
