// Code by the keyboard alone: a suggestion is taken, the file run, tests are asked for and kept, and what fails is mended.
const ZERO = 'def zero(x):\n"""Nothing, whatever x is."""\nreturn x * 0';
const NOTHING = 'def nothing(value):\n"""Return None."""\nreturn value';

export default async function code(walk) {
  const { page } = walk;
  const key = (name) => page.keyboard.press(name);
  const editor = (name) => page.getByRole("textbox", { name, exact: true });
  const textOf = (name) => editor(name).innerText();
  /** Tab goes on until something of this name has the focus. */
  const reach = async (name, by = "Tab") => {
    for (let i = 0; i < 60; i += 1) {
      await key(by);
      const here = await page.evaluate(() => {
        const at = document.activeElement;
        const inside = at?.shadowRoot?.activeElement ?? at;
        return inside?.getAttribute("aria-label") ?? inside?.textContent ?? "";
      });
      if (typeof name === "string" ? here === name : name.test(here)) return;
      if (/^(Code|Tests) of /.test(here)) await key("Escape");
    }
    throw new Error(`the keyboard does not reach ${name}`);
  };
  const write = async (words) => {
    await key("Control+a");
    await page.keyboard.type(words);
    await key("Escape");
  };
  const leave = async () => {
    await key("Escape");
    await key("Tab");
  };

  await walk.open("#/code?model=stdlib&tasks=stdlib");
  await page.evaluate(() => {
    for (const name of Object.keys(localStorage)) if (name.startsWith("anew.code.")) localStorage.removeItem(name);
    localStorage.setItem("anew.code.dials", JSON.stringify({ seed: "1", locked: true }));
  });
  await page.goto("about:blank");
  await walk.open("#/code?model=stdlib&tasks=stdlib");
  await editor("Code of mean.py").waitFor();
  await walk.look("code-empty");

  // A suggestion comes when typing rests; Tab takes it, Escape lets the next one go, and then Tab leaves.
  await page.locator("h1").click();
  await key("e");
  await page.evaluate(() => {
    const live = document.querySelector(".pane-host").shadowRoot.querySelector("[aria-live]");
    window.said = "";
    new window.MutationObserver(() => { window.said += live.textContent; }).observe(live, { childList: true, subtree: true });
  });
  await page.keyboard.type("return ");
  await page.getByText(/^Suggested after/).waitFor();
  await page.waitForFunction(() => /Suggestion: .*Tab takes it/s.test(window.said));
  await walk.look("code-suggestion");
  const before = await textOf("Code of mean.py");
  const ghost = await page.locator(".ghost").innerText();
  await key("Tab");
  walk.check(await page.locator(".cm-content .ghost").count() === 0, "code: a suggestion that was taken still hangs there");
  walk.check((await textOf("Code of mean.py")).replace(/\s/g, "").includes(ghost.replace(/\s/g, "")), "code: Tab does not take the suggestion");
  walk.check(before !== "", "code: the editor is empty");
  await key("Alt+\\");
  await page.waitForFunction(() => /after|nothing/.test(document.querySelector(".ghost-bar > span").textContent));
  await leave();
  walk.check((await page.evaluate(() => document.activeElement.textContent)) === "Suggest", "code: Escape, then Tab does not leave the editor");
  walk.check(await page.locator(".ghost").count() === 0, "code: Escape does not let the suggestion go");

  // The sandbox's verdict: to its end, and by which measure it was stopped.
  await page.locator("h1").click();
  await key("e");
  await write(`print("six times seven is", 6 * 7)`);
  await key("Control+Enter");
  await page.getByText("Ran to its end").last().waitFor();
  await page.getByText("six times seven is 42").waitFor();
  await write("import urllib.request\nurllib.request.urlopen('http://example.org')");
  await key("Control+Enter");
  await page.getByText("The sandbox has no network.").waitFor();
  await walk.look("code-refused");

  // Tests for a function, and those that hold are kept.
  await write(ZERO);
  await leave();
  await reach("Write tests");
  await key("Enter");
  await page.getByText(/worth keeping\.$/).last().waitFor({ timeout: 150_000 });
  await reach(/^What was tried/);
  await key("Enter");
  await walk.look("code-tests");
  await reach("Add to the tests", "Shift+Tab");
  await key("Enter");
  await page.waitForFunction(() => /assert zero\(/.test(document.querySelectorAll(".pane-host")[1].shadowRoot.textContent));
  await key("Control+Enter");
  await page.getByText(/ tests? passed/).first().waitFor();

  // A function that fails its tests, mended by the first draft that passes them.
  await page.locator("h1").click();
  await key("n");
  await editor("Code of program.py").waitFor();
  await key("e");
  await write(NOTHING);
  await leave();
  await reach("Tests of program.py");
  await page.keyboard.type("def test_nothing():\nassert nothing(3) is None");
  await leave();
  await page.locator("h1").click();
  await key("f");
  await page.getByText(/Drawing bodies/).waitFor();
  await walk.look("code-working");
  await page.getByText(/is mended: draft/).last().waitFor({ timeout: 150_000 });
  await walk.look("code-fix");
  await reach("Take it");
  await key("Enter");
  walk.check(!/return value/.test(await textOf("Code of program.py")), "code: a fix that was taken is not in the file");
  await key("Control+Enter");
  await page.getByText("Passed", { exact: true }).last().waitFor();
  await key("Control+z");
  walk.check(/return value/.test(await textOf("Code of program.py")), "code: what was taken cannot be taken back");

  // What was typed is there again, where the address says.
  await page.reload();
  await editor("Code of program.py").waitFor();
  walk.check(/return value/.test(await textOf("Code of program.py")), "code: a reload forgets what was typed");
  walk.check(/file=program\.py/.test(page.url()), "code: the address does not name the file");
  await page.locator("h1").click();
  await key("?");
  await page.getByText("Take the suggestion").waitFor();
  await key("Escape");

  // A file that is closed is kept, and found among all.
  await page.getByRole("button", { name: "Close mean.py" }).press("Enter");
  await page.getByRole("button", { name: "All files" }).press("Enter");
  await page.getByRole("button", { name: /^mean\.py closed/ }).waitFor();
  await walk.look("code-files");
  await page.getByRole("button", { name: /^mean\.py closed/ }).press("Enter");
  await editor("Code of mean.py").waitFor();
  walk.check(/def zero/.test(await textOf("Code of mean.py")), "code: a file that was closed is lost");
}
