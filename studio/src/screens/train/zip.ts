// Several files as one that the server takes: a zip whose files are stored as they are.
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (TABLE[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

export interface Entry {
  path: string;
  content: Blob;
}

const UTF8 = 0x800; // the names are UTF-8
const DAY = 0x21; // 1980-01-01: the same files make the same zip

function fields(size: number, write: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

export async function zip(entries: readonly Entry[]): Promise<Blob> {
  const pieces: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let at = 0;
  let listed = 0;
  for (const { path, content } of entries) {
    const name = new TextEncoder().encode(path);
    const sum = crc32(new Uint8Array(await content.arrayBuffer()));
    const common = (view: DataView, from: number): void => {
      view.setUint16(from, 20, true);
      view.setUint16(from + 2, UTF8, true);
      view.setUint16(from + 8, DAY, true);
      view.setUint32(from + 10, sum, true);
      view.setUint32(from + 14, content.size, true);
      view.setUint32(from + 18, content.size, true);
      view.setUint16(from + 22, name.length, true);
    };
    const head = fields(30, (view) => {
      view.setUint32(0, 0x04034b50, true);
      common(view, 4);
    });
    const begins = at;
    const row = fields(46, (view) => {
      view.setUint32(0, 0x02014b50, true);
      view.setUint16(4, 20, true);
      common(view, 6);
      view.setUint32(42, begins, true);
    });
    pieces.push(head, name, content);
    directory.push(row, name);
    at += head.length + name.length + content.size;
    listed += row.length + name.length;
  }
  const end = fields(22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(8, entries.length, true);
    view.setUint16(10, entries.length, true);
    view.setUint32(12, listed, true);
    view.setUint32(16, at, true);
  });
  return new Blob([...pieces, ...directory, end], { type: "application/zip" });
}
