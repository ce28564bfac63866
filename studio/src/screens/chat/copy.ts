import { toast } from "../../parts/Toast";
import { text } from "../../text";

/** Onto the clipboard; a page that was not loaded over HTTPS or from this machine may not, and says so. */
export async function copy(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    toast(text.chat.copied);
  } catch {
    toast(text.chat.copyFailed);
  }
}
