// A model goes out as a file, is deleted, comes in again under another name, and goes; the starter is taken anew.
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export default async function models(walk) {
  const { page } = walk;
  await walk.open("#/models");
  await page.getByRole("heading", { name: "Models", level: 1 }).waitFor();
  await page.getByRole("link", { name: "emoji", exact: true }).waitFor();
  await walk.look("models");

  await page.getByLabel("Makes").selectOption("music");
  await page.getByRole("link", { name: "chorales", exact: true }).waitFor();
  walk.check((await page.getByRole("link", { name: "emoji", exact: true }).count()) === 0, "models: a filter by what it makes filters nothing");
  await page.getByLabel("Makes").selectOption("");
  await page.keyboard.press("Escape");
  await page.locator("h1").click();
  await page.keyboard.press("/");
  await page.keyboard.type("no such model");
  await page.getByText("No model is like that.").waitFor();
  await walk.look("models-none");
  await page.getByRole("button", { name: "All models" }).click();

  await page.getByRole("link", { name: "digits", exact: true }).click();
  await page.getByRole("heading", { name: "digits", level: 1 }).waitFor();
  await page.getByText("What was found").waitFor();
  const close = page.getByRole("button", { name: "Close", exact: true });
  const open = page.getByRole("button", { name: "Open now" });
  await close.or(open).waitFor();
  if (await close.isVisible()) await close.click(); // who walked before may have used it
  await open.click();
  await page.getByText("open, answers at once").waitFor();
  await close.click();
  await page.getByText("closed, opens at the first request").waitFor();
  await walk.look("models-card");
  await page.getByRole("tab", { name: "Report" }).click();
  await page.getByRole("img", { name: /Contact sheet/ }).waitFor();
  await walk.look("models-report");

  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const zip = join(tmpdir(), `walk-${process.pid}.zip`);
  await (await waiting).saveAs(zip);

  const away = async (name, shot) => {
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/^This frees [\d.]+ MB/).waitFor();
    if (shot) await walk.look(shot);
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText(new RegExp(`${name} is deleted. [\\d.]+ MB are free again`)).waitFor();
    await page.getByRole("link", { name, exact: true }).waitFor({ state: "detached" });
  };
  await away("digits", "models-delete");

  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  const bad = join(tmpdir(), `walk-${process.pid}-bad.zip`);
  writeFileSync(bad, "no zip at all");
  await dialog.getByLabel("File").setInputFiles(bad);
  await dialog.getByRole("button", { name: "Import" }).click();
  await dialog.getByText(/not a whole zip/).waitFor();
  await walk.look("models-refused");
  walk.faults.splice(0, Infinity, ...walk.faults.filter((one) => !/console: .* 400 /.test(one))); // which was asked for
  const name = `walked-${LETTERS[process.pid % 26]}`;
  await dialog.getByLabel("File").setInputFiles(zip);
  await dialog.getByLabel("Name here").fill(name);
  await dialog.getByRole("button", { name: "Import" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.getByLabel("Another name").fill("figures");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Take back the name figures" }).click();
  await page.getByRole("button", { name: "Take back the name figures" }).waitFor({ state: "detached" });
  await away(name);

  await page.getByRole("button", { name: "Get digits" }).click();
  await page.getByRole("link", { name: "digits", exact: true }).waitFor();
  await page.goBack();
}
