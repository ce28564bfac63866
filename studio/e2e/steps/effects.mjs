// Effects: a stretch made anew, and what is heard of loops and of A and B, by what the page gives to its audio graph.

/** Every source that begins is written down: what it plays, how, and from where. Before the page is loaded. */
const watching = (page) =>
  page.addInitScript(() => {
    const { start } = AudioBufferSourceNode.prototype;
    window.begun = [];
    AudioBufferSourceNode.prototype.start = function (when, offset) {
      if (this.context instanceof AudioContext) {
        window.begun.push({ offset, at: this.context.currentTime, buffer: this.buffer, loop: [this.loop, this.loopStart, this.loopEnd] });
      }
      return start.call(this, when, offset);
    };
  });

export async function effects(walk) {
  const { page } = walk;
  await watching(page);
  await walk.open("#/sound?tab=effects&model=sfx");
  await page.reload(); // another place of the same page loads nothing
  await page.getByLabel("Kind").fill("coin");
  await page.getByLabel("How many").fill("2");
  await page.getByLabel("Seconds", { exact: true }).fill("0.8");
  await page.getByLabel("Made as a loop").check();
  await page.keyboard.press("Control+Enter");
  const cards = page.locator(".effect");
  await cards.nth(1).waitFor();
  const rows = page.locator(".kept-row");
  await rows.nth(1).waitFor();
  await seam(walk, cards);
  await swap(walk, cards);

  const first = cards.first();
  await first.getByRole("button", { name: "Change" }).click();
  const wave = await first.locator(".pictures").boundingBox();
  await page.mouse.move(wave.x + wave.width * 0.25, wave.y + 20);
  await page.mouse.down();
  await page.mouse.move(wave.x + wave.width * 0.5, wave.y + 20, { steps: 5 });
  await page.mouse.up();
  walk.check(Math.abs(Number(await first.getByRole("slider", { name: "From" }).inputValue()) - 0.2) < 0.03, "effects: dragging chose another stretch");
  await first.getByRole("slider", { name: "To" }).press("ArrowRight");
  await walk.look("sound-stretch");
  await first.getByRole("button", { name: "Make this stretch anew" }).click();
  await cards.nth(2).waitFor();
  await rows.filter({ hasText: "make this stretch anew" }).first().waitFor();
  const told = await page.evaluate(outside);
  walk.check(told.changed === 0 && told.inside > 0, `effects: ${told.changed} values outside of the stretch changed, ${told.inside} within`);
  await first.getByRole("button", { name: "Go on with it" }).click();
  await cards.nth(3).waitFor();
  await walk.look("sound-changed");
}

/** The loop as it is played, rendered by the browser: each turn is the file's samples, one after the other without a gap,
 * and the step at the seam is none that stands out. */
async function seam(walk, cards) {
  const { page } = walk;
  await cards.first().getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => Number(document.querySelector(".transport input").value) > 0.2);
  await cards.first().getByRole("button", { name: "Pause" }).click();
  const told = await page.evaluate(async () => {
    const { buffer, loop } = window.begun.at(-1);
    const turns = 3;
    const offline = new OfflineAudioContext(1, turns * buffer.length, buffer.sampleRate);
    const source = offline.createBufferSource();
    source.buffer = buffer;
    [source.loop, source.loopStart, source.loopEnd] = loop;
    source.connect(offline.destination);
    source.start();
    const heard = (await offline.startRendering()).getChannelData(0);
    const samples = buffer.getChannelData(0);
    const steps = samples.subarray(1).map((value, i) => Math.abs(value - samples[i])).sort();
    return {
      loop, seconds: buffer.duration, rate: buffer.sampleRate,
      differing: heard.reduce((sum, value, i) => sum + (Math.abs(value - samples[i % samples.length]) > 1e-6 ? 1 : 0), 0),
      seam: Math.abs(samples[0] - samples.at(-1)), most: steps.at(-1),
    };
  });
  console.log(`effects: a loop: ${JSON.stringify(told)}`);
  walk.check(told.loop[0] === true, "effects: a loop is not played as one");
  walk.check(told.differing === 0, `effects: ${told.differing} samples of three turns are not the file's`);
  walk.check(told.seam <= told.most, `effects: a step of ${told.seam} at the seam, and at most ${told.most} elsewhere`);
}

/** From A to B and back, at the same place. */
async function swap(walk, cards) {
  const { page } = walk;
  const position = (i) => cards.nth(i).getByRole("slider", { name: "Position" }).evaluate((one) => Number(one.value));
  for (const i of [0, 1]) await cards.nth(i).getByRole("button", { name: "Loop" }).click(); // off: a place is a place
  await cards.nth(0).getByRole("slider", { name: "Position" }).evaluate((one) => one.focus());
  await page.keyboard.press("Home");
  for (let i = 0; i < 4; i += 1) await page.keyboard.press("ArrowRight");
  const at = await position(0);
  walk.check(at >= 0.15, `effects: the arrows moved to ${at}`);
  await page.locator("h1").click();
  await page.evaluate(() => { window.begun = []; });
  await page.keyboard.press("x");
  await page.waitForTimeout(150);
  await page.keyboard.press("x");
  const places = await page.evaluate(() => window.begun.map(({ offset, at: when }) => ({ offset, at: when })));
  await page.keyboard.press("k");
  const [b, a] = places;
  walk.check(b !== undefined && Math.abs(b.offset - at) < 0.05, `effects: B begins at ${b?.offset}, and A was at ${at}`);
  walk.check(a !== undefined && Math.abs(a.offset - b.offset - (a.at - b.at)) < 0.02, `effects: back at ${a?.offset} after ${b?.offset} and ${(a?.at ?? 0) - (b?.at ?? 0)} s`);
}

/** In the page: the newest creation, of which a stretch is new, against the sound in its request. */
async function outside() {
  const { data } = await (await fetch("v1/anew/creations?modality=audio&limit=1")).json();
  const { request } = await (await fetch(`v1/anew/creations/${data[0].id}`)).json();
  const values = (bytes) => new Int16Array(bytes.buffer, bytes.byteOffset + at(bytes), (bytes.length - at(bytes)) >> 1);
  const at = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let place = 12; ; place += 8 + view.getUint32(place + 4, true) + (view.getUint32(place + 4, true) % 2)) if (view.getUint32(place) === 0x64617461) return place + 8;
  };
  const before = values(Uint8Array.from(atob(request.body.audio), (letter) => letter.charCodeAt(0)));
  const after = values(new Uint8Array(await (await fetch(`v1/anew/creations/${data[0].id}/content`)).arrayBuffer()));
  const rate = before.length / 0.8;
  const told = { changed: 0, inside: 0 };
  const [from, to] = request.body.mask.map((seconds) => seconds * rate);
  for (let i = 0; i < before.length; i += 1) {
    if (before[i] === after[i]) continue;
    if (i >= from - 1 && i <= to + 1) told.inside += 1;
    else told.changed += 1;
  }
  return told;
}
