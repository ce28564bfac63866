// The brush and what goes with it: its size, the eraser, a step back, and nothing marked.
import { Eraser, Trash2, Undo2, Paintbrush } from "lucide-react";
import { useState } from "react";
import { Button } from "../../parts/Button";
import { Slider } from "../../parts/Slider";
import { text } from "../../text";
import { Brush } from "./Brush";
import { marked, Steps, type Mask } from "./mask";

interface Props {
  address: string;
  mask: Mask;
  turn: number;
  across: number;
  onAcross: (across: number) => void;
  onChange: () => void;
}

export function Tools({ address, mask, turn, across, onAcross, onChange }: Props) {
  const { images } = text;
  const [erasing, setErasing] = useState(false);
  const [steps] = useState(() => new Steps());
  const most = Math.max(3, Math.round(Math.min(mask.width, mask.height) / 2));
  const size = Math.min(across, most);
  const undo = (): void => { steps.back(mask); onChange(); };
  const clear = (): void => { steps.keep(mask); mask.cells.fill(0); onChange(); };
  const keyed = (key: string): boolean => {
    if (key === "e") setErasing(!erasing);
    else if (key === "[" || key === "-") onAcross(Math.max(1, size - 1));
    else if (key === "]" || key === "+") onAcross(Math.min(most, size + 1));
    else if (key === "u" || key === "Control+z") undo();
    else if (key === "Delete" || key === "Backspace") clear();
    else return false;
    return true;
  };
  return (
    <div className="images-tools">
      <Brush address={address} mask={mask} turn={turn} across={size} erasing={erasing} onBegin={() => steps.keep(mask)} onChange={onChange} onKey={keyed} />
      <Slider name={images.brushSize} min={1} max={most} step={1} value={size} shown={images.pixels(size)} onValue={onAcross} />
      <div className="images-acts">
        <Button little icon={erasing ? Eraser : Paintbrush} aria-pressed={erasing} onClick={() => setErasing(!erasing)}>{images.erase}</Button>
        <Button little icon={Undo2} disabled={!steps.any} onClick={undo}>{images.undo}</Button>
        <Button little icon={Trash2} disabled={marked(mask) === 0} onClick={clear}>{images.clear}</Button>
      </div>
      <p id="images-brush-keys" className="small soft">{images.brushKeys}</p>
    </div>
  );
}
