// What can be made of a picture: a part of it painted over, or others like it.
import "./from.css";
import { Brush as BrushIcon, Dices, Lock, LockOpen, Square } from "lucide-react";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { EDITED, VARIED } from "../../api/images";
import { bodyOf, one } from "../../api/creations";
import type { Fault as Failed } from "../../api/fault";
import type { Creation, Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Area, Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Slider } from "../../parts/Slider";
import { Fault, Waiting } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { text } from "../../text";
import { asModelHas, encoded } from "./asking";
import { base64OfBlob, dataAddress } from "../../parts/files";
import { Compared } from "./Compared";
import { MOST, readFrom, requestFrom, seedFor, WAYS, type FromSettings, type Source, type Way } from "./from";
import { blank, marked } from "./mask";
import { blobOf, maskAddress, pixelsIn, type Pixels } from "./pictures";
import { drawnSeed, isSeed } from "./settings";
import { Tools } from "./Tools";
import { useDrawing } from "./useDrawing";

interface Props {
  source: Source;
  way: Way;
  models: readonly Model[];
  model: Model;
  keepAll: boolean;
  onWay: (way: Way) => void;
  onClose: () => void;
  onKept: (one: Creation) => void;
  onFault: (fault: Failed) => void;
}

interface Prepared {
  /** In base64, as the model has it. */
  content: string;
  pixels: Pixels;
  /** What it showed, where that was kept. */
  prompt: string | null;
}

async function prepared(source: Source, model: string, signal: AbortSignal): Promise<Prepared> {
  const kept = "id" in source ? await one(source.id, signal) : null;
  const given = kept === null ? await base64OfBlob((source as { file: Blob }).file) : await encoded(kept.id, signal);
  const type = kept?.media_type ?? (source as { file: Blob }).file.type;
  const content = await asModelHas(model, dataAddress(given, type), signal);
  const told = kept === null ? null : bodyOf(kept)["prompt"];
  return { content, pixels: await pixelsIn(blobOf(content)), prompt: typeof told === "string" ? told : null };
}

export function FromPicture({ source, way, models, model: here, keepAll, onWay, onClose, onKept, onFault }: Props) {
  const { images } = text;
  const [name, setName] = useState(here.id);
  const [settings, setSettings] = useKept("images.from", readFrom);
  const [base, setBase] = useState(source);
  const load = useCallback((signal: AbortSignal) => prepared(base, name, signal), [base, name]);
  const { data, fault, again } = useLoaded(load);
  const set = (more: Partial<FromSettings>): void => setSettings({ ...settings, ...more });
  const [taken, setTaken] = useState(false);
  useEffect(() => {
    if (taken || data?.prompt == null) return;
    setTaken(true);
    setSettings({ ...settings, prompt: data.prompt });
  }, [taken, data, settings, setSettings]);
  return (
    <Dialog heading={images.fromPicture} open onClose={onClose}>
      <div className="images-from">
        <Tabs name={images.fromPicture} tabs={WAYS.map((id) => ({ id, shown: images.ways[id] }))} chosen={way} onChoose={onWay}>
          {data === undefined ? (
            fault ? <Fault fault={fault} again={again} /> : <Waiting height="24rem" />
          ) : (
            <Work key={data.content} data={data} way={way} model={name} settings={settings} onSettings={set} keepAll={keepAll}
              onKept={onKept} onFault={onFault} onBase={(content) => setBase({ file: blobOf(content), name: images.fromPicture })}
              choice={models.length < 2 ? null : (
                <Select name={images.model} value={name} options={models.map(({ id }) => ({ value: id, shown: id }))} onValue={setName} />
              )} />
          )}
        </Tabs>
        {data === undefined && fault && models.length > 1 && (
          <Select name={images.model} value={name} options={models.map(({ id }) => ({ value: id, shown: id }))} onValue={setName} />
        )}
      </div>
    </Dialog>
  );
}

interface WorkProps {
  data: Prepared;
  way: Way;
  model: string;
  settings: FromSettings;
  onSettings: (more: Partial<FromSettings>) => void;
  keepAll: boolean;
  onKept: (one: Creation) => void;
  onFault: (fault: Failed) => void;
  onBase: (content: string) => void;
  choice: ReactNode;
}

function Work({ data, way, model, settings, onSettings, keepAll, onKept, onFault, onBase, choice }: WorkProps) {
  const { images } = text;
  const { width, height } = data.pixels;
  const [mask] = useState(() => blank(width, height));
  const [turn, setTurn] = useState(0);
  const { drawing, begin, stop, keepTile } = useDrawing(onKept, onFault);
  const [made, setMade] = useState<{ cells: Uint8Array; way: Way } | null>(null);
  const busy = drawing?.state === "drawing";
  const none = way === "paint" && marked(mask) === 0;
  const image = dataAddress(data.content);
  const run = async (): Promise<void> => {
    const seed = seedFor(settings);
    onSettings({ seed: String(seed) });
    const request = requestFrom(model, way, image, settings, seed);
    setMade({ cells: mask.cells.slice(), way });
    if (way === "paint") begin({ ...request, mask: await maskAddress(mask) } as typeof request, keepAll, EDITED);
    else begin(request, keepAll, VARIED);
  };
  return (
    <form className="images-work" onSubmit={(event) => { event.preventDefault(); if (!busy && !none) void run(); }}>
      <div className="images-work-left">
        {way === "paint" ? (
          <Tools address={image} mask={mask} turn={turn} across={settings.across} onAcross={(across) => onSettings({ across })}
            onChange={() => setTurn((before) => before + 1)} />
        ) : (
          <div className="images-large"><img src={image} alt={images.begunFrom} /></div>
        )}
        <p className="small soft">{way === "paint" ? images.paintWhy(width, height) : images.varyWhy(width, height)}</p>
      </div>
      <div className="images-work-right">
        <Area name={images.prompt} rows={2} value={settings.prompt} hint={way === "paint" ? images.paintPrompt : images.varyPrompt}
          onValue={(prompt) => onSettings({ prompt })} />
        {way === "vary" && (
          <Slider name={images.strength} min={0} max={1} step={0.05} value={settings.strength} hint={images.strengthHint}
            shown={settings.strength.toFixed(2)} onValue={(strength) => onSettings({ strength })} />
        )}
        <div className="images-choices">
          {choice}
          <Select name={images.many} value={String(settings.n)} onValue={(n) => onSettings({ n: Number(n) })}
            options={Array.from({ length: MOST }, (_, i) => ({ value: String(i + 1), shown: String(i + 1) }))} />
          <Field name={images.seed} inputMode="numeric" value={settings.seed} onValue={(seed) => onSettings({ seed })}
            wrong={settings.locked && !isSeed(settings.seed) ? images.seedWrong : undefined} />
        </div>
        <div className="images-row">
          <span className="images-acts">
            <Button little icon={settings.locked ? Lock : LockOpen} aria-pressed={settings.locked} onClick={() => onSettings({ locked: !settings.locked })}>
              {settings.locked ? images.lock : images.unlock}
            </Button>
            <Button little icon={Dices} name={images.shuffle} onClick={() => onSettings({ seed: String(drawnSeed()) })} />
          </span>
          {busy ? (
            <Button key="stop" look="primary" icon={Square} onClick={stop}>{images.stop}</Button>
          ) : (
            <Button key="begin" look="primary" icon={BrushIcon} type="submit" disabled={none || (settings.locked && !isSeed(settings.seed))}>
              {way === "paint" ? images.paint : images.vary}
            </Button>
          )}
        </div>
        {none && <p className="small soft">{images.markFirst}</p>}
        {drawing !== null && made !== null && (
          <Compared drawing={drawing} before={data.pixels} mask={made.way === "paint" ? { width, height, cells: made.cells } : null}
            onKeep={keepTile} onBase={onBase} />
        )}
      </div>
    </form>
  );
}
