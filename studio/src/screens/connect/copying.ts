import { toast } from "../../parts/Toast";
import { text } from "../../text";

/** Onto the clipboard. A page that came over plain HTTP from another machine may not use it, and selects instead. */
export async function copy(words: string): Promise<void> {
  let done = false;
  try {
    await navigator.clipboard.writeText(words);
    done = true;
  } catch {
    done = bySelection(words);
  }
  toast(done ? text.connect.copied : text.connect.copyFailed);
}

function bySelection(words: string): boolean {
  const area = document.createElement("textarea");
  area.value = words;
  area.readOnly = true;
  area.className = "out-of-sight";
  const before = document.activeElement;
  (document.querySelector("dialog[open]") ?? document.body).append(area); // in a dialog nothing outside can be selected
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy"); // eslint-disable-line @typescript-eslint/no-deprecated -- there is no other way without HTTPS
  } catch {
    done = false;
  }
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
