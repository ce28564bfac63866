import { save } from "../../parts/files";
import type { CodeFile } from "./files";

const plain = (content: string): Blob => new Blob([content], { type: "text/plain;charset=utf-8" });

/** The file onto the disk, and its tests beside it. */
export function saveFile({ name, text, tests }: CodeFile): void {
  save(name, plain(text));
  if (tests.trim() !== "") save(`test_${name}`, plain(tests));
}
