// Where pictures are asked for and appear, and the gallery of those that were kept.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Fault } from "../../api/fault";
import type { Creation, Model } from "../../api/shapes";
import { useCreations } from "../../api/useCreations";
import { useKept } from "../../parts/kept";
import { toast } from "../../parts/Toast";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { Asked } from "./Asked";
import { Details } from "./Details";
import { DialPanel } from "./DialPanel";
import { wayOf, type Source } from "./from";
import { gridOf, gridParams, NO_GRID } from "./grid";
import { GridDialog } from "./GridDialog";
import { FromPicture } from "./FromPicture";
import { GalleryView } from "./GalleryView";
import { drawnSeed, isSeed, readSettings, requestFor, settingsOf, wrongs, type Settings } from "./settings";
import { Restore } from "./Restore";
import { Tiles } from "./Tiles";
import { useDrawing } from "./useDrawing";
import { useSearch } from "./useSearch";
import { useWide } from "../../parts/useWide";

const failed = (fault: Fault): void => toast(fault.kind === "away" ? text.faults.away : fault.message);

export function Bench({ models, model }: { models: readonly Model[]; model: Model }) {
  const { params } = useRoute();
  const [settings, setSettings] = useKept("images.settings", readSettings);
  const search = useSearch();
  const gallery = useCreations(search);
  const { take } = gallery;
  const { drawing, begin, stop, keepTile } = useDrawing(take, failed);
  const entry = useRef<HTMLTextAreaElement>(null);
  const top = useRef<HTMLHeadingElement>(null);
  const wide = useWide();
  const [asked, setAsked] = useState<{ model: string; settings: Settings } | null>(null);
  const busy = drawing?.state === "drawing";

  const wrong = useMemo(() => {
    const found = wrongs(settings);
    const fault = drawing?.fault;
    // What the server said of a field stands there as long as it is asked for as it was.
    const same = asked !== null && asked.model === model.id && asked.settings === settings;
    return fault?.param != null && same ? { ...found, [fault.param]: fault.parts.said } : found;
  }, [settings, drawing?.fault, asked, model.id]);

  const grid = useMemo(() => gridOf(params, model.id, settings), [params, model.id, settings]);
  const openGrid = (): void => {
    const base = { ...settings, prompt: settings.prompt || (text.images.examples[model.id]?.[0] ?? "") };
    const across = { kind: "seed", values: text.images.axisUsual["seed"] ?? "" } as const;
    const down = { kind: "prompt", values: text.images.examples[model.id]?.slice(0, 3).join("; ") ?? base.prompt } as const;
    setParams(gridParams({ model: model.id, base, across, down }), false);
  };
  const latest = useRef({ settings, setSettings, openGrid });
  latest.current = { settings, setSettings, openGrid };
  useEffect(() => {
    const { prompt, seed } = params;
    if (prompt === undefined && seed === undefined) return;
    const now = latest.current.settings;
    latest.current.setSettings({ ...now, ...(prompt === undefined ? {} : { prompt }), ...(seed !== undefined && isSeed(seed) ? { seed } : {}) });
    // What the address asked for is at the dials once; from there on they say what the address is.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const run = (): void => {
    if (busy || Object.keys(wrongs(settings)).length > 0) return;
    const seed = settings.locked ? Number(settings.seed) : drawnSeed();
    const next = { ...settings, seed: String(seed) };
    setSettings(next);
    setAsked({ model: model.id, settings: next });
    setParams({ model: model.id, prompt: next.prompt.trim() || null, seed: String(seed) });
    begin(requestFor(next, model.id, seed), next.keepAll);
  };
  const use = useCallback(
    (body: unknown): void => {
      const found = settingsOf(body, latest.current.settings);
      if (found === null) return;
      latest.current.setSettings(found.settings);
      const here = models.some((one) => one.id === found.model);
      setParams({ ...(here ? { model: found.model } : {}), prompt: found.settings.prompt || null, seed: found.settings.seed, one: null });
      toast(here || found.model === null ? text.images.used : text.images.usedElsewhere(found.model));
      top.current?.scrollIntoView({ block: "start" });
    },
    [models],
  );
  const lockSeed = (seed: number): void => {
    setSettings({ ...settings, seed: String(seed), locked: true });
    toast(text.images.seedLocked(seed));
  };
  const [file, setFile] = useState<Source | null>(null);
  const source = useMemo<Source | null>(() => (params["from"] === undefined ? file : { id: params["from"] }), [params, file]);
  const beginFrom = useCallback((blob: Blob, name: string): void => {
    setFile({ file: blob, name });
    setParams({ from: null, one: null });
  }, []);
  const endFrom = (): void => {
    setFile(null);
    setParams({ from: null, way: null });
  };
  const open = useCallback((one: Creation | null) => setParams({ one: one?.id ?? null }), []);
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "/", does: text.images.shortcuts.prompt, run: () => entry.current?.focus() },
      {
        keys: "s", does: text.images.shortcuts.shuffle,
        run: () => latest.current.setSettings({ ...latest.current.settings, seed: String(drawnSeed()) }),
      },
      {
        keys: "l", does: text.images.shortcuts.lock,
        run: () => latest.current.setSettings({ ...latest.current.settings, locked: !latest.current.settings.locked }),
      },
      { keys: "f", does: text.images.shortcuts.search, run: () => document.querySelector<HTMLElement>(".images-filters input")?.focus() },
      { keys: "x", does: text.images.grid, run: () => latest.current.openGrid() },
      { keys: "Control+.", does: text.images.shortcuts.stop, run: stop, whileTyping: true },
    ],
    [stop],
  );
  useShortcuts(shortcuts);

  return (
    <div className="images">
      <section className="images-make" aria-label={text.images.heading}>
        <div className="images-row">
          <h1 ref={top}>{text.images.heading}</h1>
          <Restore onFound={use} onFile={beginFrom} />
        </div>
        <Asked models={models} model={model} settings={settings} onSettings={setSettings} wrong={wrong} busy={busy}
          onDraw={run} onStop={stop} onGrid={openGrid} entry={entry} />
      </section>
      <aside className="images-beside" aria-label={text.images.dials}>
        <details open={wide}>
          <summary>{text.images.dials}</summary>
          <DialPanel settings={settings} onSettings={setSettings} wrong={wrong} />
        </details>
      </aside>
      <Tiles drawing={drawing} onKeep={keepTile} onOpen={open} onSeed={lockSeed} />
      <GalleryView gallery={gallery} search={search} onOpen={open} />
      {params["one"] !== undefined && (
        <Details key={params["one"]} id={params["one"]} items={gallery.items ?? []} onClose={() => open(null)} onOpen={open}
          onChanged={take} onUse={use} onFrom={(way) => setParams({ from: params["one"], way, one: null })} />
      )}
      {grid !== null && (
        <GridDialog grid={grid} models={models} onClose={() => setParams(NO_GRID)} onKept={take} onFault={failed}
          onUse={(body) => { setParams(NO_GRID); use(body); }} />
      )}
      {source !== null && (
        <FromPicture key={params["from"] ?? ""} source={source} way={wayOf(params["way"])} models={models} model={model} keepAll={settings.keepAll}
          onWay={(way) => setParams({ way })} onClose={endFrom} onKept={take} onFault={failed} />
      )}
    </div>
  );
}
