export default async function home(walk) {
  const { page } = walk;
  await walk.open("#/home");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByText("stdlib").first().waitFor();
  await page.getByText("Memory", { exact: true }).waitFor();
  await walk.look("home");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await walk.look("shortcuts");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByRole("heading", { name: "Text & chat" }).waitFor();
}
