// A map that is there: point at places, mark two, place a picture of one's own, walk from label to label.
import { ImagePlus, Maximize, Minus, Plus, X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { encode, type LatentMap } from "../../api/compare";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { base64OfBlob, dataAddress } from "../../parts/files";
import { percent } from "../../parts/amounts";
import { Fault } from "../../parts/states";
import { useAsking } from "../../parts/asking";
import { setParams, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Classes } from "./Classes";
import { MapCanvas } from "./MapCanvas";
import { between, classesOf, fit, nearest, placeOf, readPlace, readView, spellPlace, spellView, zoomed, type Place, type View } from "./mapping";
import { Strip } from "./Strip";
import { Turning } from "./Turning";
import { usePlaces } from "./usePlace";

const PAUSE = 300; // milliseconds at rest until the address says where one is
const WAY = 8;
const ANY = { width: 1, height: 1 };
const NEAR = 3;

export function Explore({ model, map, data }: { model: string; map: LatentMap; data: string | null }) {
  const { compare } = text;
  const { params } = useRoute();
  const classes = useMemo(() => classesOf(map), [map]);
  const [at, setAt] = useState<Place | null>(() => readPlace(params["at"]));
  const [view, setView] = useState<View | null>(() => readView(params["view"]));
  const [marks, setMarks] = useState<readonly Place[]>(() => (params["marks"] ?? "").split(" ").map(readPlace).filter((one) => one !== null).slice(0, 2));
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const timer = setTimeout(() => setParams({ at: at && spellPlace(at), view: view && spellView(view), marks: marks.map(spellPlace).join(" ") }), PAUSE);
    return () => clearTimeout(timer);
  }, [at, view, marks]);
  const mark = useCallback((place: Place) => setMarks((before) => (before.length < 2 ? [...before, place] : [before[1] ?? place, place])), []);
  const zoom = (by: number): void =>
    setView((before) => {
      const now = before ?? { ...fit(map.places, ANY), scale: 1 };
      return zoomed(now, by, at ?? [now.x, now.y], { x: 0, y: 0, scale: 1 });
    });
  const file = useRef<HTMLInputElement>(null);
  const placing = useAsking();
  const place = (picture: Blob): void =>
    placing.run(async (signal) => {
      const { latents } = await encode(model, map.space, await base64OfBlob(picture), signal);
      const found = placeOf(map, latents[0] ?? []);
      setAt(found);
      mark(found);
    });
  return (
    <>
      <p className="soft small">{compare.mapSaid(map.places.length, data, map.space, map.shape.reduce((a, b) => a * b, 1), percent(map.variance))}</p>
      <div className="compare-map">
        <div className="compare-map-left">
          <MapCanvas told={map} classes={classes} hidden={hidden} view={view} onView={setView} at={at} onPoint={setAt} marks={marks} onMark={mark} />
          <div className="compare-acts">
            <Button little icon={Plus} name={compare.zoomIn} onClick={() => zoom(1.5)} />
            <Button little icon={Minus} name={compare.zoomOut} onClick={() => zoom(1 / 1.5)} />
            <Button little icon={Maximize} name={compare.zoomAll} onClick={() => setView(null)} />
            <Button little icon={ImagePlus} onClick={() => file.current?.click()}>{compare.placeMine}</Button>
            <input ref={file} type="file" accept="image/*" hidden onChange={(event) => {
              const [chosen] = event.target.files ?? [];
              if (chosen !== undefined) place(chosen);
              event.target.value = "";
            }} />
            {marks.length > 0 && <Button little icon={X} onClick={() => setMarks([])}>{compare.unmark}</Button>}
          </div>
          <p className="soft small" id="compare-map-keys">{compare.mapKeys}</p>
          {placing.fault && <Fault fault={placing.fault} />}
        </div>
        <Pointed model={model} map={map} at={at} />
      </div>
      <Way model={model} map={map} marks={marks} />
      {classes.length > 0 && <Classes classes={classes} hidden={hidden} onHide={setHidden} onGo={setAt} />}
      {classes.length > 1 && map.space === "codec" && <Turning model={model} data={data} labels={classes.map((one) => one.label)} />}
    </>
  );
}

function Pointed({ model, map, at }: { model: string; map: LatentMap; at: Place | null }) {
  const { compare } = text;
  const places = useMemo(() => (at === null ? [] : [at]), [at]);
  const { pictures, stale, fault } = usePlaces(model, map, places);
  const near = useMemo(() => (at === null ? [] : nearest(map.places, at, NEAR)), [map, at]);
  const labels = near.map((i) => map.labels[i] ?? map.origins[i] ?? "");
  const [first] = pictures ?? [];
  return (
    <Card heading={compare.atPlace} className="compare-pointed">
      <div className="compare-pointed-frame" aria-busy={stale && at !== null}>
        {at !== null && first !== undefined && <img src={dataAddress(first)} alt={compare.decoded(model, spellPlace(at), labels[0] ?? "")} />}
      </div>
      {at === null ? (
        <p className="soft">{compare.pointSomewhere}</p>
      ) : (
        <>
          <p className="number">{compare.place(at[0].toFixed(2), at[1].toFixed(2))}</p>
          <p className="small soft">{compare.nearTo}</p>
          <ol className="compare-near small">
            {near.map((i) => <li key={i}>{map.labels[i] !== null && map.labels[i] !== undefined && <strong>{map.labels[i]} </strong>}<span className="soft">{map.origins[i]}</span></li>)}
          </ol>
          {fault && <Fault fault={fault} />}
        </>
      )}
      <p className="small soft">{compare.planeSaid}</p>
    </Card>
  );
}

function Way({ model, map, marks }: { model: string; map: LatentMap; marks: readonly Place[] }) {
  const { compare } = text;
  const [a, b] = marks;
  const places = useMemo(() => (a === undefined || b === undefined ? [] : between(a, b, WAY)), [a, b]);
  const { pictures, stale, fault } = usePlaces(model, map, places);
  if (places.length === 0) return null;
  return (
    <section>
      <h2>{compare.way}</h2>
      {fault ? <Fault fault={fault} /> : <Strip pictures={stale ? null : pictures} count={WAY} alt={(i) => compare.wayPicture(i + 1, WAY)} />}
    </section>
  );
}
