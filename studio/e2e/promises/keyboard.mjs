// A newcomer's way through the studio without a mouse, from one screen to the next by keys alone. What code, blind trials
// and training take of keys is walked with their screens.
import { join } from "node:path";
import { tmpdir } from "node:os";

/** What an element is called by, as a screen reader says it, near enough. */
const named = () => {
  const one = document.activeElement;
  const label = one?.labels?.[0]?.textContent ?? "";
  return (one?.getAttribute("aria-label") ?? (label || one?.textContent) ?? "").trim();
};

export default async function keyboard(walk) {
  const { page } = walk;
  const press = async (keys) => {
    for (const key of keys.split(" ")) await page.keyboard.press(key);
  };
  const tabTo = async (says, most = 200) => {
    for (let i = 0; i < most; i += 1) {
      await page.keyboard.press("Tab");
      if (says.test(await page.evaluate(named))) return;
    }
    throw new Error(`nothing that is called ${says} is reached by Tab`);
  };
  const to = async (letter, heading) => {
    await press(`g ${letter}`);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await page.waitForLoadState("networkidle");
  };
  await walk.open("#/home");
  await tabTo(/^Draw a picture/);
  await press("Enter");
  await tabTo(/^What it shows/);
  await page.keyboard.type("a green heart");
  await press("Enter");
  await page.locator(".images-kept", { hasText: "a green heart" }).first().waitFor();
  await page.evaluate(() => document.activeElement.blur()); // as Escape and a click on nothing do: letters are keys again

  await to("s", "Sound");
  await press("Control+Enter");
  await page.getByText(/ notes · seed \d/).waitFor();
  await page.getByRole("button", { name: "Play", exact: true }).first().waitFor();
  await press("k");
  await page.getByRole("button", { name: "Pause" }).first().waitFor();
  await press("k");

  await to("c", "Text & chat");
  await press("n /");
  await page.keyboard.type("def mean(values):\n    ".replace("\n", " "));
  await press("Control+Enter");
  await page.getByText(/ tokens · /).last().waitFor();
  await tabTo(/^Another answer/);
  await press("Enter");
  await page.getByText("Branch 2 of 2").waitFor();
  await page.getByText(/ tokens · /).last().waitFor();
  await tabTo(/^Earlier branch/);
  await press("Enter");
  await page.getByText("Branch 1 of 2").waitFor();

  await to("p", "Compare & evidence");
  await tabTo(/^What is asked/);
  await press("Control+A");
  await page.keyboard.type("3");
  await press("Control+Enter");
  await page.getByRole("img", { name: "Sample 1 of digits" }).waitFor();
  await tabTo(/^Side by side$/); // of tabs Tab comes to the one that is shown, and arrows to the others
  await press("ArrowRight");
  await page.getByRole("tab", { name: "Blind trial", selected: true }).waitFor();
  await press("ArrowRight");
  await page.getByRole("tab", { name: "Reports", selected: true }).waitFor();

  await page.evaluate(() => void fetch("v1/anew/music/compose", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ model: "chorales", n: 16, seed: 1 }) }).catch(() => undefined));
  await to("q", "Queue & activity");
  await page.getByRole("heading", { name: "Composing" }).waitFor();
  await tabTo(/^Cancel: Composing/);
  await press("Enter");
  await page.getByRole("heading", { name: "Composing" }).waitFor({ state: "detached" });

  await to("m", "Models");
  await tabTo(/^tunes/);
  await press("Enter");
  await page.getByRole("heading", { level: 1, name: "tunes" }).waitFor();
  await tabTo(/^Export/);
  const waiting = page.waitForEvent("download");
  await press("Enter");
  const zip = join(tmpdir(), `keys-${process.pid}.zip`);
  await (await waiting).saveAs(zip);
  await tabTo(/^Delete/);
  await press("Enter");
  await page.getByRole("dialog").getByText(/^This frees/).waitFor();
  await tabTo(/^Delete/);
  await press("Enter");
  await page.getByText(/tunes is deleted/).waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await press("a");
  await page.getByRole("dialog").waitFor();
  await tabTo(/^File/);
  const choosing = page.waitForEvent("filechooser");
  await press("Space");
  await (await choosing).setFiles(zip);
  await tabTo(/^Name here/);
  await press("Control+A");
  await page.keyboard.type("tunes");
  await press("Enter");
  await page.getByRole("heading", { level: 1, name: "tunes" }).waitFor();
}
