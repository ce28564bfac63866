/** Two emoji and the way between them: a model that draws in one step has one too. */
export async function emoji(walk) {
  const { page } = walk;
  await walk.open("#/images?model=emoji");
  await page.getByRole("button", { name: "Reset" }).click(); // dials of another model may be none of its own
  await page.getByRole("textbox", { name: "What it shows" }).fill("a red heart");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Just drawn" }).getByRole("button", { name: /^Open/ }).nth(1).waitFor();
  await page.locator(".images-kept", { hasText: "a red heart" }).nth(3).waitFor(); // later ones would move what is chosen
  for (const i of [0, 1]) await page.locator(".images-kept input").nth(i).check();
  await page.getByRole("button", { name: "Path between two" }).click();
  await page.getByRole("dialog", { name: "Path between two" }).getByRole("img", { name: "9 of 16" }).waitFor({ timeout: 120_000 });
  await walk.look("images-path-emoji");
  await page.keyboard.press("Escape");
}
