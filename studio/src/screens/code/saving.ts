import type { CodeFile } from "./files";

function save(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The file onto the disk, and its tests beside it. */
export function saveFile({ name, text, tests }: CodeFile): void {
  save(name, text);
  if (tests.trim() !== "") save(`test_${name}`, tests);
}
