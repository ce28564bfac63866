// Painting over a picture, by the keyboard alone and by a pointer; what is not marked is compared here once more, pixel by
// pixel, from the files that the server keeps.
const SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran=1'><script>window.ran=1</script></svg>";
const LIE = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from(SVG)]);

export async function paint(walk) {
  const { page } = walk;
  await page.locator(".images-kept button").nth(1).click(); // the first one is the way, which no model begins from
  await page.getByRole("dialog").getByRole("button", { name: "Paint over" }).click();
  const dialog = page.getByRole("dialog", { name: "From a picture" });
  const canvas = dialog.getByRole("application");
  await canvas.waitFor();
  await walk.look("images-paint");
  walk.check(/from=creation-/.test(page.url()), "paint: the address does not say of which picture");
  await page.reload();
  await canvas.focus();
  for (const key of ["Shift+ArrowLeft", "Shift+ArrowUp", "]", "]", "p", "ArrowRight", "ArrowRight", "ArrowRight", "p", "Space"]) await page.keyboard.press(key);
  const marked = async () => Number(/^\d+/.exec(await dialog.getByText(/pixels are marked/).innerText())[0]);
  const some = await marked();
  walk.check(some > 10, `paint: the keyboard marked ${some} pixels`);
  await page.keyboard.press("u");
  await page.keyboard.press("u");
  walk.check((await marked()) === 0, "paint: two steps back leave something marked");
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.6, { steps: 8 });
  await page.mouse.up();
  const painted = await marked();
  await canvas.press("e");
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.up();
  walk.check((await marked()) < painted, "paint: the eraser takes nothing away");
  await dialog.getByRole("button", { name: "Make it anew" }).click();
  await dialog.getByText(/Compared: outside of the mark all \d+ pixels are as they were\./).waitFor();
  await dialog.getByRole("button", { name: "Kept." }).nth(2).waitFor();
  await walk.look("images-painted");
  const outside = await page.evaluate(compared);
  walk.check(outside.kept > 100 && outside.changed === 0, `paint: outside of the mark ${outside.changed} of ${outside.kept} pixels changed`);
  walk.check(outside.inside > 0, "paint: nothing was made anew");

  await dialog.getByRole("tab", { name: "Variations" }).click();
  await dialog.getByRole("slider", { name: "Strength" }).press("ArrowRight");
  await dialog.getByRole("button", { name: "Vary" }).click();
  await dialog.getByText("3 of 3 drawn").waitFor();
  await walk.look("images-varied");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

/** In the page: the newest creation's file against the picture and the mask that its request holds. */
async function compared() {
  const { data } = await (await fetch("v1/anew/creations?modality=image&limit=1")).json();
  const { request } = await (await fetch(`v1/anew/creations/${data[0].id}`)).json();
  const file = await (await fetch(`v1/anew/creations/${data[0].id}/content`)).blob();
  const pixels = async (blob) => {
    const picture = await createImageBitmap(blob);
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, picture.width, picture.height).data;
  };
  const blobOf = (address) => new Blob([Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0))], { type: "image/png" });
  const [after, before, mask] = await Promise.all([file, blobOf(request.body.image), blobOf(request.body.mask)].map(pixels));
  const told = { kept: 0, changed: 0, inside: 0 };
  for (let at = 0; at < mask.length; at += 4) {
    const same = [0, 1, 2].every((part) => before[at + part] === after[at + part]);
    if (mask[at + 3] === 0) told.inside += same ? 0 : 1;
    else {
      told.kept += 1;
      told.changed += same ? 0 : 1;
    }
  }
  return told;
}

/** Files that are no pictures, whatever they are called: refused in words, and nothing in them runs. */
export async function hostile(walk) {
  const { page } = walk;
  const begin = page.locator("input[type=file]").nth(1);
  for (const [name, buffer, said] of [
    ["drawing.svg", Buffer.from(SVG), /drawing\.svg is no PNG, JPEG or WebP/],
    ["drawing.png", Buffer.from(SVG), /drawing\.png is no PNG, JPEG or WebP/],
    ["lie.png", LIE, /lie\.png begins as a picture and cannot be read as one/],
  ]) {
    await begin.setInputFiles({ name, mimeType: "image/png", buffer });
    await page.getByText(said).first().waitFor();
    const dropped = await page.evaluateHandle(([called, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], called, { type: "image/svg+xml" }));
      return data;
    }, [`dropped-${name}`, [...buffer]]);
    await page.dispatchEvent("body", "drop", { dataTransfer: dropped });
    await page.getByText(new RegExp(`dropped-${name}`)).first().waitFor();
  }
  walk.check((await page.evaluate(() => window.ran)) === undefined, "hostile: something ran");
  await begin.setInputFiles({ name: "own.png", mimeType: "image/png", buffer: await page.screenshot() });
  await page.getByRole("application").waitFor();
  await page.keyboard.press("Escape");
}
