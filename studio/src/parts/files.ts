// What the server made, as bytes, as base64 and as files to keep.

export function ofBase64(spelled: string): Uint8Array<ArrayBuffer> {
  const letters = atob(spelled);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

const AT_ONCE = 0x8000; // numbers that one call takes

export function base64Of(bytes: Uint8Array): string {
  let spelled = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) spelled += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  return btoa(spelled);
}

/** Hand a file to whoever reads the page. */
export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export async function base64OfBlob(blob: Blob): Promise<string> {
  return base64Of(new Uint8Array(await new Response(blob).arrayBuffer()));
}

export const dataAddress = (base64: string, type = "image/png"): string => `data:${type};base64,${base64}`;

const ENDINGS: Readonly<Record<string, string | undefined>> = {
  "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif",
};

/** A name that every system takes. */
export function fileName(model: string, prompt: string, seed: number | string, type = "image/png"): string {
  const words = `${model}-${prompt}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);
  return `${words || "picture"}-${seed}.${ENDINGS[type] ?? "png"}`;
}

/** The same of what has an address. */
export function download(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
