// The shortest way through the studio that still does something real: a picture, a text, and every screen shown.
export default async function smoke(walk) {
  const { page } = walk;
  await walk.open("#/home");
  await page.getByText("Memory", { exact: true }).waitFor();
  await walk.open("#/images?model=digits");
  await page.getByRole("textbox", { name: "What it shows" }).fill("7");
  await page.keyboard.press("Enter");
  await page.locator(".images-kept img").nth(3).waitFor();
  await walk.open("#/chat?model=stdlib&mode=complete");
  await page.getByRole("textbox", { name: "Beginning" }).fill("def mean(values):\n    ");
  await page.keyboard.press("Control+Enter");
  await page.getByText(/ tokens · /).last().waitFor();
  for (const link of await page.locator("nav li a").all()) {
    const name = await link.innerText();
    await link.click();
    await page.waitForFunction((to) => document.title.startsWith(to), name);
    await page.locator("main h1").waitFor();
    await page.waitForLoadState("networkidle");
    await walk.examine(name);
    await walk.tabs(name);
  }
}
