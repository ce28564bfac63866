// A server that goes away in the middle of an answer, and comes back.
export default async function away(walk) {
  const { page, server } = walk;
  if (server === undefined) return "passed over, since it kills the server: --serve starts one";
  await walk.open("#/chat?model=stdlib&mode=complete");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Beginning" }).fill("import os\n\n\ndef walk(folder):\n");
  await page.keyboard.press("Control+Enter");
  await page.locator(".turn.answer div.plain").waitFor();
  await page.getByRole("textbox", { name: "Beginning" }).fill("what I typed meanwhile");
  await server.kill();
  await page.getByText("The server does not answer.").first().waitFor({ timeout: 10_000 });
  await walk.look("away");
  const turns = await page.locator(".turns li").count();
  walk.check(turns === 2, `away: ${turns} turns, and there were 2`);
  const came = await page.locator(".turn.answer div.plain").innerText();
  walk.check(came.trim() !== "", "away: what had come is gone");
  await page.getByText("The server went away in the middle").waitFor();
  await server.start();
  await page.getByText("The server is back.").waitFor();
  await page.getByText("The server does not answer.").waitFor({ state: "detached" });
  walk.check((await page.getByRole("textbox", { name: "Beginning" }).inputValue()) === "what I typed meanwhile", "away: what was typed is gone");
  await page.reload();
  await page.locator(".turn.answer div.plain").waitFor();
  walk.check((await page.locator(".turn.answer div.plain").innerText()) === came, "away: a reload shows another answer");
  await page.getByRole("button", { name: "Go on from there" }).click();
  await page.getByText("Branch 2 of 2").waitFor();
  await page.locator(".turn.answer .told").waitFor();
  walk.check((await page.locator(".turn.answer div.plain").innerText()).startsWith(came.trimEnd()), "away: it does not go on from what had come");
  return undefined;
}
