import { Square, type LucideIcon } from "lucide-react";
import { Button } from "../../parts/Button";
import { text } from "../../text";

interface Props {
  busy: boolean;
  can: boolean;
  icon: LucideIcon;
  name: string;
  onStop: () => void;
}

/** Begins what its form asks for, or stops it. Two elements by their keys: were it one whose type changes, the click
 * that stops would, in the end of the same click, submit the form again. */
export function Begin({ busy, can, icon, name, onStop }: Props) {
  return busy ? (
    <Button key="stop" look="primary" icon={Square} onClick={onStop}>{text.sound.stop}</Button>
  ) : (
    <Button key="begin" look="primary" icon={icon} type="submit" disabled={!can}>{name}</Button>
  );
}
