// Where what a model learnt from lies among its latents, and what the model makes of any place there.
import { useCallback } from "react";
import { dataSets, judged, latentMap, sourcesOf, type LatentMap } from "../../api/compare";
import { Fault as Failed } from "../../api/fault";
import { draws } from "../../api/kinds";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Select } from "../../parts/Field";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Explore } from "./Explore";

const ITEMS = 600;

interface Loaded {
  map: LatentMap;
  data: string | null;
}

/** Of what it learnt from, where a run of its name is here; else of the data set that its evidence names. */
async function mapFor(model: string, data: string | null, signal: AbortSignal): Promise<Loaded> {
  if (data !== null) return { map: await latentMap(model, ITEMS, data, signal), data };
  const [named, known, runs] = await Promise.all([sourcesOf(model, signal), dataSets(signal), judged(signal).catch(() => [])]);
  const sets = known.data.filter((one) => one.modality === "image" && named.includes(one.name));
  const here = sets.find((one) => one.here);
  const isTrainedHere = runs.some((run) => run.recipe === model || run.name.startsWith(`${model}-`));
  if (!isTrainedHere && here !== undefined) return { map: await latentMap(model, ITEMS, here.name, signal), data: here.name };
  const [first] = sets;
  if (!isTrainedHere && first !== undefined) throw new Failed("refused", `${text.compare.notHere(model, first.name)}; try: anew data get ${first.name}`);
  return { map: await latentMap(model, ITEMS, null, signal), data };
}

export function LatentMaps({ models }: { models: readonly Model[] }) {
  const { compare } = text;
  const { params } = useRoute();
  const able = models.filter(draws);
  const model = able.find((one) => one.id === params["model"]) ?? able.find((one) => one.id === "digits") ?? able[0];
  const loadSets = useCallback(async (signal: AbortSignal) => (await dataSets(signal)).data.filter((one) => one.modality === "image" && one.here), []);
  const sets = useLoaded(loadSets).data ?? [];
  if (model === undefined) return <Empty><p>{compare.noSpace}</p><code>{compare.noSpaceCommand}</code></Empty>;
  const data = params["data"] ?? "";
  return (
    <div className="compare-maps">
      <div className="compare-pair compare-choose-two">
        <Select name={compare.model} value={model.id} options={able.map((one) => ({ value: one.id, shown: one.id }))} onValue={(next) => setParams({ model: next, at: null, view: null })} />
        <Select name={compare.mapData} value={data}
          options={[{ value: "", shown: compare.learntFrom }, ...sets.map((one) => ({ value: one.name, shown: one.name })), ...(data === "" || sets.some((one) => one.name === data) ? [] : [{ value: data, shown: data }])]}
          onValue={(next) => setParams({ data: next, at: null, view: null })} />
      </div>
      <One key={`${model.id} ${data}`} model={model.id} data={data === "" ? null : data} />
    </div>
  );
}

function One({ model, data }: { model: string; data: string | null }) {
  const load = useCallback((signal: AbortSignal) => mapFor(model, data, signal), [model, data]);
  const { data: loaded, fault, again } = useLoaded(load);
  if (loaded === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="32rem" />;
  return <Explore model={model} map={loaded.map} data={loaded.data} />;
}
