import { readFileSync } from "node:fs";

/** A grid that fills, is stopped, comes back from its address with the same pictures, opens a cell, and is a PNG. */
export async function grid(walk) {
  const { page } = walk;
  await walk.open("#/images?model=digits&prompt=7&seed=5");
  await page.getByRole("button", { name: "Grid" }).click();
  const dialog = page.getByRole("dialog", { name: "Grid" });
  await dialog.getByText("12 of 12 drawn").waitFor();
  const shown = () => dialog.locator("td img").evaluateAll((all) => all.map((one) => one.src));
  const before = await shown();
  walk.check(new Set(before).size === 12, "grid: pictures that are alike");
  await page.reload();
  await dialog.getByText("12 of 12 drawn").waitFor();
  walk.check(JSON.stringify(await shown()) === JSON.stringify(before), "grid: a reload draws other pictures");
  await dialog.getByRole("group", { name: "Downwards" }).getByLabel("Values").fill("7; 3; no label of this");
  await dialog.getByRole("button", { name: "Fill the grid" }).click();
  await dialog.getByText("12 of 12 drawn").waitFor();
  await dialog.getByRole("button", { name: "1, 7", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await dialog.getByRole("region", { name: "2, 3" }).waitFor();
  await walk.look("images-grid");
  const [saved] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "As one PNG" }).click()]);
  const png = readFileSync(await saved.path());
  walk.check(png.readUInt32BE(16) > 500 && png.readUInt32BE(20) > 300, `grid: a PNG of ${png.readUInt32BE(16)} by ${png.readUInt32BE(20)}`);
  await dialog.getByRole("group", { name: "To the right" }).getByLabel("Values").fill("1-16");
  await dialog.getByRole("button", { name: "Fill the grid" }).click();
  await dialog.getByText(/^\s*[2-9] of 48 drawn/).waitFor();
  await dialog.getByRole("button", { name: "Stop" }).click();
  await dialog.getByText(/You stopped it/).waitFor();
  await dialog.getByRole("button", { name: "2, 7", exact: true }).click();
  await dialog.getByRole("button", { name: "Use these settings" }).click();
  await dialog.waitFor({ state: "detached" });
  walk.check((await page.getByLabel("Seed", { exact: true }).inputValue()) === "2", "grid: the settings of a cell did not come to the dials");
}
