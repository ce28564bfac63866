// Pictures of files: what they are is told by their own first bytes, never by their names, and nothing in them runs.
import { text } from "../../text";
import { base64OfBlob, dataAddress } from "../../parts/files";
import { pixelsOf, type Mask } from "./mask";
import { MOST_FILE } from "./png";

const BEGINNINGS: readonly { type: string; bytes: readonly number[]; at?: number }[] = [
  { type: "image/png", bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: "image/jpeg", bytes: [0xff, 0xd8, 0xff] },
  { type: "image/webp", bytes: [0x57, 0x45, 0x42, 0x50], at: 8 },
];

/** What the first bytes say; null of anything that is not taken, drawings by markup among it. */
export function kindOf(bytes: Uint8Array): string | null {
  return BEGINNINGS.find(({ bytes: begin, at = 0 }) => begin.every((byte, i) => bytes[at + i] === byte))?.type ?? null;
}

/** Why a file is not taken, in words for whoever chose it. */
export class NoPicture extends Error {}

/** The file as a picture of its own kind. */
export async function pictureOf(file: File): Promise<Blob> {
  const { images } = text;
  if (file.size > MOST_FILE) throw new NoPicture(images.tooLarge(file.name));
  const bytes = new Uint8Array(await file.arrayBuffer());
  const type = kindOf(bytes);
  if (type === null) throw new NoPicture(images.noPicture(file.name));
  const blob = new Blob([bytes], { type });
  try {
    (await createImageBitmap(blob)).close();
  } catch {
    throw new NoPicture(images.damaged(file.name));
  }
  return blob;
}

export interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

function surface(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new NoPicture(text.images.noCanvas);
  return context;
}

export async function pixelsIn(blob: Blob): Promise<Pixels> {
  const picture = await createImageBitmap(blob);
  const { width, height } = picture;
  const context = surface(width, height);
  context.drawImage(picture, 0, 0);
  picture.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

export async function pngOf(context: CanvasRenderingContext2D): Promise<Blob> {
  const blob = await new Promise<Blob | null>((done) => context.canvas.toBlob(done, "image/png"));
  if (blob === null) throw new NoPicture(text.images.noCanvas);
  return blob;
}

export async function maskAddress(mask: Mask): Promise<string> {
  const context = surface(mask.width, mask.height);
  context.putImageData(new ImageData(pixelsOf(mask), mask.width, mask.height), 0, 0);
  return dataAddress(await base64OfBlob(await pngOf(context)));
}

export function blobOf(base64: string, type = "image/png"): Blob {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type });
}
