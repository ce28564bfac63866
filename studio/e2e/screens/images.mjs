import { emoji } from "../steps/emoji.mjs";
import { gallery } from "../steps/gallery.mjs";
import { grid } from "../steps/grid.mjs";
import { hostile, paint } from "../steps/paint.mjs";

/** The first picture of the gallery, as a file. */
async function again(page) {
  await page.locator(".images-kept button").first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Download" }).click();
  await page.keyboard.press("Escape");
}

export default async function images(walk) {
  const { page } = walk;
  await walk.open("#/images?model=digits");
  const drawn = page.getByRole("region", { name: "Just drawn" });
  const prompt = page.getByRole("textbox", { name: "What it shows" });
  await prompt.waitFor();
  await walk.look("images-empty");
  await prompt.fill("7");
  await page.keyboard.press("Enter");
  await drawn.getByText("4 of 4 drawn").waitFor();
  await drawn.getByRole("button", { name: /^Open/ }).nth(3).waitFor();
  walk.check((await drawn.locator("img").count()) === 4, "images: not four pictures");
  await page.locator(".images-kept img").nth(3).waitFor();
  await walk.look("images");
  walk.check(!(await page.getByText("went away").isVisible()), "images: a stream that ended is taken as one that broke");

  await page.locator(".images-kept button").first().click();
  const one = page.getByRole("dialog");
  const marked = one.getByRole("button", { name: "Favourite", pressed: true });
  await one.getByRole("button", { name: "Favourite" }).click();
  await marked.waitFor();
  await one.getByRole("button", { name: "Make it again and compare" }).click();
  await one.getByText("Made again: the same bytes.").waitFor();
  await walk.look("images-one");
  await page.reload();
  await marked.click();
  await one.getByRole("button", { name: "Favourite", pressed: false }).waitFor();
  await one.getByRole("button", { name: "Delete" }).click();
  await one.getByRole("button", { name: "Bring back" }).click();
  await one.getByRole("button", { name: "Delete" }).waitFor();
  await one.getByRole("button", { name: "Use these settings" }).click();
  await page.getByRole("button", { name: "Seed is kept" }).waitFor();
  walk.check((await prompt.inputValue()) === "7", "images: the settings did not come back");
  const [saved] = await Promise.all([page.waitForEvent("download"), again(page)]);
  await prompt.fill("3");
  await page.locator("input[type=file]").first().setInputFiles(await saved.path());
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "7");
  await page.getByRole("searchbox", { name: "Search" }).fill("nothing is called so");
  await page.getByText("Nothing kept is like that.").waitFor();
  await page.getByRole("searchbox", { name: "Search" }).fill("");
  await page.locator(".images-kept").first().waitFor();

  await page.locator(".images-kept input").nth(0).check();
  await page.getByText("Choose a second picture to go to.").waitFor();
  await page.locator(".images-kept input").nth(2).check();
  await walk.look("images-chosen");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator(".images-chosen").scrollIntoViewIfNeeded();
  const covered = await page.evaluate(() => document.querySelector(".toasts").getBoundingClientRect().bottom - document.querySelector(".images-chosen").getBoundingClientRect().top);
  walk.check(covered <= 0, `images: what is said covers ${covered} pixels of what is chosen`);
  await page.setViewportSize({ width: 1360, height: 900 });
  await page.getByRole("button", { name: "Path between two" }).click();
  const way = page.getByRole("dialog", { name: "Path between two" });
  await way.getByRole("img", { name: "9 of 16" }).waitFor();
  await way.getByRole("slider").press("ArrowRight");
  await way.getByRole("img", { name: "10 of 16" }).waitFor();
  await walk.look("images-path");
  await way.getByRole("button", { name: "Keep in the gallery" }).click();
  await way.getByRole("button", { name: "Kept." }).waitFor();
  await page.keyboard.press("Escape");
  await paint(walk);
  await hostile(walk);
  await grid(walk);
  await emoji(walk);
  await gallery(walk);
}
