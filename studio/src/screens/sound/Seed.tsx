import { Lock, LockOpen } from "lucide-react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { text } from "../../text";
import { isSeed } from "./asked";

interface Props {
  seed: string;
  locked: boolean;
  onSeed: (changed: { seed?: string; locked?: boolean }) => void;
}

export function Seed({ seed, locked, onSeed }: Props) {
  const { sound } = text;
  return (
    <div className="seed-choice">
      <Field name={sound.seed} hint={sound.seedHint} inputMode="numeric" value={seed} wrong={locked && !isSeed(seed) ? sound.seedWrong : null}
        onValue={(typed) => onSeed({ seed: typed })} />
      <Button little icon={locked ? Lock : LockOpen} aria-pressed={locked} onClick={() => onSeed({ locked: !locked })}>
        {locked ? sound.keepSeed : sound.drawSeed}
      </Button>
    </div>
  );
}
