// A score that is given: harmonised, gone on with, its bars filled; each seen on the roll, heard and found again.
const TUNE = "X:1\nT:tune\nM:4/4\nL:1/4\nK:G\nG A B c|d2 B2|c B A G|D4|G A B c|d2 e2|d c B A|G4|]\n";
const SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran=1'><script>window.ran=1</script></svg>";
const drop = (page, name, content) =>
  page.evaluateHandle(([called, words]) => {
    const data = new DataTransfer();
    data.items.add(new File([words], called));
    return data;
  }, [name, content]).then((dataTransfer) => page.dispatchEvent("body", "drop", { dataTransfer }));

export async function scores(walk) {
  const { page } = walk;
  await walk.open("#/sound?model=chorales");
  await page.getByRole("heading", { name: "Sound", level: 1 }).waitFor();
  const made = page.getByRole("region", { name: "The piece" });
  const done = () => made.getByText(/ notes · seed \d/).waitFor();
  await drop(page, "score.musicxml", SVG);
  await page.getByText(/score\.musicxml is no MIDI, MusicXML, ABC or kern/).waitFor();
  walk.check((await page.evaluate(() => window.ran)) === undefined, "scores: something ran");
  await drop(page, "tune.abc", TUNE);
  await page.getByRole("heading", { name: "tune.abc" }).waitFor();
  await walk.look("sound-given");
  await page.getByRole("button", { name: "Harmonise", exact: true }).click();
  await done();
  const voices = async () => Number(/^(\d+) voices?/.exec(await made.getByRole("img").first().getAttribute("aria-label"))?.[1]);
  walk.check((await voices()) === 4, `scores: a tune is harmonised in ${await voices()} voices`);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => Number(document.querySelector(".transport input").value) > 0.3);
  await page.getByRole("button", { name: "Pause" }).click();

  const form = page.locator("form.choosing");
  await made.getByRole("button", { name: "Go on", exact: true }).click();
  await form.getByLabel("Bars", { exact: true }).fill("4");
  await form.getByRole("button", { name: "Go on", exact: true }).click();
  await made.getByRole("heading", { name: /12 bars/ }).waitFor();
  await done();
  await made.getByText("What is new has another ground.").waitFor();
  await made.getByRole("button", { name: "Fill bars", exact: true }).click();
  await form.getByLabel("Bars anew").fill("5-6");
  await form.getByLabel("Voices that stay").fill("1");
  await form.getByRole("button", { name: "Fill bars", exact: true }).click();
  await page.waitForFunction(() => /12 bars/.test(document.querySelector(".made h2")?.textContent ?? "") && document.querySelector(".made").getAttribute("aria-busy") === "false");
  await done();
  await walk.look("sound-filled");

  const kept = page.locator(".kept-row");
  await kept.filter({ hasText: /^Fill bars/ }).first().waitFor();
  await kept.first().getByRole("button", { name: /^Play/ }).click();
  await kept.first().getByRole("button", { name: /^Stop/ }).click();
  await page.locator(".kept-title").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make it again and compare" }).click();
  await dialog.getByText("Made again: the same bytes.").waitFor();
  await walk.look("sound-kept");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Bring back" }).click();
  await dialog.getByRole("button", { name: "Delete" }).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Download" }).click()]);
  walk.check(/^chorales-.+\.mid$/.test(file.suggestedFilename()), `scores: ${file.suggestedFilename()} is what a kept piece is called`);
  await page.reload();
  await dialog.getByRole("button", { name: "Use these settings" }).click();
  await form.getByLabel("Bars anew").waitFor();
  walk.check((await form.getByLabel("Bars anew").inputValue()) === "5-6", "scores: the settings of a kept piece did not come back");
  await page.getByRole("button", { name: "Begin from nothing" }).click();
}
