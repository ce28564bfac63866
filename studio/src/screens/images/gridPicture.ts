// A grid as one PNG: its pictures with what they differ by beside them.
import { text } from "../../text";
import type { Cell } from "./grid";
import { blobOf, NoPicture, pngOf } from "./pictures";
import type { Filled } from "./useGrid";

const LEAST = 96; // pixels of a cell: small pictures are enlarged by whole numbers
const GAP = 8;
const HEAD = 36;
const SIDE = 140;

export async function gridPicture(cells: readonly Cell[], filled: readonly Filled[], names: { across: string; down: string }): Promise<Blob> {
  const columns = [...new Set(cells.map((one) => one.x))];
  const rows = [...new Set(cells.map((one) => one.y))];
  const pictures = await Promise.all(filled.map(async ({ content, done }) => (content !== null && done ? createImageBitmap(blobOf(content)) : null)));
  const widest = Math.max(1, ...pictures.map((one) => Math.max(one?.width ?? 0, one?.height ?? 0)));
  const side = widest * Math.max(1, Math.ceil(LEAST / widest));
  const canvas = document.createElement("canvas");
  canvas.width = SIDE + columns.length * (side + GAP) + GAP;
  canvas.height = 2 * HEAD + rows.length * (side + GAP) + GAP;
  const context = canvas.getContext("2d");
  if (context === null) throw new NoPicture(text.images.noCanvas);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#1a1c22";
  context.textBaseline = "middle";
  context.font = "600 14px system-ui, sans-serif";
  context.fillText(`${names.across} →`, SIDE + GAP, HEAD / 2, canvas.width - SIDE - GAP);
  context.fillText(`${names.down} ↓`, GAP, 1.5 * HEAD, SIDE - 2 * GAP);
  context.font = "14px system-ui, sans-serif";
  columns.forEach((x, i) => context.fillText(x, SIDE + GAP + i * (side + GAP), 1.5 * HEAD, side));
  rows.forEach((y, i) => context.fillText(y, GAP, 2 * HEAD + i * (side + GAP) + side / 2, SIDE - 2 * GAP));
  context.imageSmoothingEnabled = false;
  pictures.forEach((picture, i) => {
    if (picture === null) return;
    const times = Math.max(1, Math.floor(side / Math.max(picture.width, picture.height)));
    context.drawImage(picture, SIDE + GAP + (i % columns.length) * (side + GAP), 2 * HEAD + Math.floor(i / columns.length) * (side + GAP),
      picture.width * times, picture.height * times);
    picture.close();
  });
  return pngOf(context);
}
