// Samples of one model in a grid.
import { useEffect, useState } from "react";
import { text } from "../../text";
import type { Made } from "./pairs";

export function Shown({ model, made }: { model: string; made: readonly Made[] }) {
  return (
    <ol className={made.some((one) => "picture" in one) ? "compare-grid" : "compare-rows"}>
      {made.map((one, i) => (
        <li key={i}>
          <One made={one} name={text.compare.sampleOf(i + 1, model)} />
        </li>
      ))}
    </ol>
  );
}

function One({ made, name }: { made: Made; name: string }) {
  if ("text" in made) return <pre tabIndex={0} role="region" aria-label={name}>{made.text}</pre>;
  return "picture" in made ? <File content={made.picture} name={name} isSound={false} /> : <File content={made.sound} name={name} isSound />;
}

function File({ content, name, isSound }: { content: Blob; name: string; isSound: boolean }) {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const url = URL.createObjectURL(content);
    setAddress(url);
    return () => URL.revokeObjectURL(url);
  }, [content]);
  if (address === null) return null;
  return isSound ? <audio controls src={address} aria-label={name} /> : <img src={address} alt={name} />;
}
