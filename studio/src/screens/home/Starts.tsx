import { Braces, Folder, MessagesSquare, Music, Palette, Sparkles, type LucideIcon } from "lucide-react";
import type { Model } from "../../api/shapes";
import { Waiting } from "../../parts/states";
import { text } from "../../text";
import { startsFor, type Start } from "./starts";

const ICONS: Record<Start["id"], LucideIcon> = {
  draw: Palette,
  write: Braces,
  talk: MessagesSquare,
  compose: Music,
  sample: Sparkles,
  own: Folder,
};

export function Starts({ models }: { models: readonly Model[] | undefined }) {
  if (models === undefined) return <Waiting height="14rem" />;
  const starts = startsFor(models);
  if (starts.length === 0) return null;
  return (
    <section>
      <h2 className="out-of-sight">{text.home.startHere}</h2>
      <ul className="starts">
        {starts.map((start) => {
          const Icon = ICONS[start.id];
          return (
            <li key={start.id}>
              <a href={start.address}>
                <Icon size={22} aria-hidden />
                <span>
                  <strong>{start.name}</strong>
                  <span className="soft small">{start.why}</span>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
