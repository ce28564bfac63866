// What the server made, as bytes and as files to keep.

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

export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
