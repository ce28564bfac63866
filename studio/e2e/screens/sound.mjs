import { effects } from "../steps/effects.mjs";
import { scores } from "../steps/scores.mjs";

export default async function sound(walk) {
  const { page } = walk;
  await walk.open("#/sound?model=chorales");
  await page.getByRole("heading", { name: "Sound", level: 1 }).waitFor();
  await walk.look("sound-empty");
  await page.getByRole("button", { name: "Draw a new one each time" }).click();
  await page.getByLabel("Seed", { exact: true }).fill("3");
  await page.keyboard.press("Control+Enter");
  await page.getByText(/ notes · seed 3/).waitFor();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.waitForFunction(() => Number(document.querySelector(".transport input").value) > 0.5);
  await page.getByRole("button", { name: "Pause" }).click();
  const at = page.getByRole("slider", { name: "Position" });
  await page.getByRole("img", { name: /notes from/ }).click({ position: { x: 100, y: 40 } });
  const clicked = Number(await at.inputValue());
  await at.press("ArrowRight");
  walk.check(Number(await at.inputValue()) > clicked, "sound: an arrow does not move the position");
  for (const format of ["WAV", "MIDI", "MusicXML"]) {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: format }).click();
    walk.check(/-3\.(wav|mid|musicxml)$/.test((await waiting).suggestedFilename()), `sound: ${format} is not kept`);
  }
  await walk.look("sound");
  await page.reload();
  await page.getByLabel("Seed", { exact: true }).waitFor();
  walk.check((await page.getByLabel("Seed", { exact: true }).inputValue()) === "3", "sound: a reload forgets the piece");

  await page.getByRole("tab", { name: "Effects" }).click();
  await page.getByLabel("Kind").fill("coin");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("img", { name: /^Spectrogram/ }).first().waitFor();
  await page.getByRole("button", { name: "Loop" }).first().click();
  await page.locator("h1").click();
  await page.keyboard.press("x");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.keyboard.press("x");
  await walk.look("sound-effects");

  await page.getByRole("tab", { name: "Speak" }).click();
  await page.getByLabel("Text").fill("It goes on and on. ".repeat(60));
  await page.keyboard.press("Control+Enter");
  await page.locator("audio").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("It ended before all was said.").waitFor();
  await page.getByLabel("Text").fill("The studio is open. Come in, and bring a song.");
  await page.keyboard.press("Control+Enter");
  await page.getByText(/A machine said this/).waitFor();
  await page.waitForFunction(() => document.querySelector("audio").duration > 1);
  await walk.look("sound-speak");
  await page.locator(".kept-row").filter({ hasText: "The studio is open" }).first().waitFor();
  await scores(walk);
  await effects(walk);
}
