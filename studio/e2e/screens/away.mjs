// A server that goes away in the middle of an answer. It has to be started again by whoever walks, since the studio
// cannot: --kill names the process and --start the command.
import { spawn } from "node:child_process";

export default async function away(walk) {
  const { page, option } = walk;
  const [kill, start] = [option("--kill"), option("--start")];
  if (kill === undefined || start === undefined) return;
  await walk.open("#/chat?model=stdlib&mode=complete");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Beginning" }).fill("import os\n\n\ndef walk(folder):\n");
  await page.keyboard.press("Control+Enter");
  await page.locator(".turn.answer div.plain").waitFor();
  await page.getByRole("textbox", { name: "Beginning" }).fill("what I typed meanwhile");
  process.kill(Number(kill), "SIGKILL");
  await page.getByText("The server does not answer.").first().waitFor({ timeout: 10_000 });
  await walk.look("away");
  const turns = await page.locator(".turns li").count();
  walk.check(turns === 2, `away: ${turns} turns, and there were 2`);
  const came = await page.locator(".turn.answer div.plain").innerText();
  walk.check(came.trim() !== "", "away: what had come is gone");
  await page.getByText("The server went away in the middle").waitFor();
  spawn("sh", ["-c", start], { detached: true, stdio: "ignore" }).unref();
  await page.getByText("The server is back.").waitFor({ timeout: 60_000 });
  await page.getByText("The server does not answer.").waitFor({ state: "detached" });
  walk.check((await page.getByRole("textbox", { name: "Beginning" }).inputValue()) === "what I typed meanwhile", "away: what was typed is gone");
  await page.reload();
  await page.locator(".turn.answer div.plain").waitFor();
  walk.check((await page.locator(".turn.answer div.plain").innerText()) === came, "away: a reload shows another answer");
  await page.getByRole("button", { name: "Go on from there" }).click();
  await page.getByText("Branch 2 of 2").waitFor();
  await page.locator(".turn.answer .told").waitFor();
  walk.check((await page.locator(".turn.answer div.plain").innerText()).startsWith(came.trimEnd()), "away: it does not go on from what had come");
}
