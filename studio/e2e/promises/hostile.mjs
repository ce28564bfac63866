// What a model made or a file holds is never run: text stays text, whatever it says.
const EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script> [a](javascript:alert(3)) ![b](https://example.org/x.png) <svg onload=alert(4)> [c](data:text/html,<script>alert(5)</script>)";
const CAPTION = "a red heart <img src=x onerror=alert(8)>";
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(6)"><script>alert(7)</script><image href="https://example.org/x.png"/></svg>`;

const literally = (words) => words.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** Whatever is asked of these models now, they answer this: a form that the server holds them to. */
async function saying(page, doing) {
  const to = /\/v1\/(chat\/)?completions$/;
  await page.route(to, (route) => route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), guided_regex: literally(EVIL), max_tokens: 300 }) }));
  await doing();
  await page.unroute(to);
}

const grown = (page, within) =>
  page.locator(within).evaluateAll((places) => places.flatMap((one) => [...one.querySelectorAll("img[src*='x'], script, svg[onload], iframe, a[href^='javascript'], a[href^='data']")].map((found) => found.outerHTML)));

export default async function hostile(walk) {
  const { page } = walk;
  const models = await page.request.get(new URL("v1/models", walk.address).href).then((answer) => answer.json());
  const talker = models.data.find((one) => one.id.includes("instruct"));
  for (const [address, box] of [["#/chat?model=stdlib&mode=complete", "Beginning"], ...(talker ? [[`#/chat?model=${talker.id}`, "Message"]] : [])]) {
    await walk.open(address);
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("textbox", { name: box }).fill(EVIL);
    await saying(page, async () => {
      await page.keyboard.press("Control+Enter");
      await page.getByText(/ tokens · /).last().waitFor();
    });
    walk.check((await page.locator(".turn.answer").last().innerText()).includes("onerror=alert(1)"), "hostile: a text is not shown as it is");
    const found = await grown(page, ".turns, nav, aside");
    walk.check(found.length === 0, `hostile: text became ${found[0]}`);
  }
  await walk.open("#/images?model=emoji");
  await page.getByRole("textbox", { name: "What it shows" }).fill(CAPTION);
  await page.keyboard.press("Enter");
  await page.locator(".images-kept", { hasText: CAPTION }).first().waitFor();
  const told = await page.locator("main").evaluate((main) => [...main.querySelectorAll("script, img[src='x'], img[src^='http://x'], [onerror], [onload]")].map((one) => one.outerHTML));
  walk.check(told.length === 0, `hostile: a caption became ${told[0]}`);
  for (const name of ["evil.svg", "evil.png"]) {
    await page.locator("input[type=file]").first().setInputFiles({ name, mimeType: name.endsWith("svg") ? "image/svg+xml" : "image/png", buffer: Buffer.from(SVG) });
    await page.getByText(name).first().waitFor();
  }
  const uploaded = await page.request.post(new URL("v1/files", walk.address).href, { multipart: { purpose: "user_data", file: { name: "evil.svg", mimeType: "image/svg+xml", buffer: Buffer.from(SVG) } } });
  if (uploaded.ok()) await asPage(walk, new URL(`v1/files/${(await uploaded.json()).id}/content`, walk.address).href);
}

/** A file that somebody put up, opened as if it were a page of this origin. */
async function asPage(walk, address) {
  const { page } = walk;
  const answer = await page.request.get(address);
  const { "content-type": kind = "", "content-disposition": disposition = "", "content-security-policy": policy = "", "x-content-type-options": sniff } = answer.headers();
  walk.check(/attachment/.test(disposition) || /sandbox|default-src 'none'/.test(policy) || kind === "application/octet-stream", `hostile: an uploaded SVG is served as ${kind}`);
  walk.check(sniff === "nosniff", "hostile: an uploaded file may be sniffed");
}
