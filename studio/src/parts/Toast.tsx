// Words that stand for some seconds: what was done, where nothing else on the page shows it.
import { useSyncExternalStore } from "react";
import { changing } from "../api/changing";

const SECONDS = 5;

interface Said {
  id: number;
  words: string;
}

let said: readonly Said[] = [];
let last = 0;
const told = changing();

export function toast(words: string): void {
  const id = ++last;
  said = [...said, { id, words }].slice(-3);
  told.tell();
  setTimeout(() => {
    said = said.filter((one) => one.id !== id);
    told.tell();
  }, SECONDS * 1000);
}

export function Toasts() {
  const shown = useSyncExternalStore(told.listen, () => said);
  return (
    <div className="toasts" role="status">
      {shown.map((one) => (
        <div className="toast" key={one.id}>
          {one.words}
        </div>
      ))}
    </div>
  );
}
