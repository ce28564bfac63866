import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { toml } from "./toml";
import { crc32, zip } from "./zip";

it("writes a recipe as its file says it", () => {
  const values = { name: "x", size: null, data: { source: "a \"b\"" }, codec: { learned: { copies: 8, train: { lr: 0.002 } } }, train: { betas: [0.9, 0.95], "odd key": true } };
  expect(toml(values)).toBe(
    'name = "x"\n\n[data]\nsource = "a \\"b\\""\n\n[codec.learned]\ncopies = 8\n\n[codec.learned.train]\nlr = 0.002\n\n[train]\nbetas = [0.9, 0.95]\n"odd key" = true',
  );
});

it("makes a zip that others read", async () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  const bytes = (words: string) => ({ size: words.length, arrayBuffer: () => Promise.resolve(new TextEncoder().encode(words).buffer) });
  const blobs: unknown[] = [];
  const before = globalThis.Blob;
  globalThis.Blob = function (parts: unknown[]) {
    blobs.push(...parts);
  } as unknown as typeof Blob;
  const [one, two] = [bytes("one"), bytes("two words")];
  await zip([
    { path: "a/ü.txt", content: one as unknown as Blob },
    { path: "b.txt", content: two as unknown as Blob },
  ]);
  globalThis.Blob = before;
  const whole = blobs.map((part) => (part === one ? Buffer.from("one") : part === two ? Buffer.from("two words") : Buffer.from(part as Uint8Array)));
  const file = join(mkdtempSync(join(tmpdir(), "zip-")), "x.zip");
  writeFileSync(file, Buffer.concat(whole));
  const said = execFileSync("python3", ["-c", `import zipfile; z = zipfile.ZipFile(${JSON.stringify(file)}); print(z.testzip(), z.namelist(), z.read("b.txt"))`], { encoding: "utf8" });
  expect(said.trim()).toBe("None ['a/ü.txt', 'b.txt'] b'two words'");
});
