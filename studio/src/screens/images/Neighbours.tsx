// The pictures that a model learnt from which are nearest to one that it made.
import { useCallback } from "react";
import { useLoaded } from "../../api/use";
import { count } from "../../parts/amounts";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { neighbours } from "./asking";
import { dataAddress } from "../../parts/files";

export function Neighbours({ id, model }: { id: string; model: string }) {
  const { images } = text;
  const load = useCallback((signal: AbortSignal) => neighbours(model, id, signal), [model, id]);
  const { data, fault, again } = useLoaded(load);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="9rem" />;
  return (
    <div className="images-near">
      <p className="soft small">{images.nearCompared(count(data.compared), data.whole)}</p>
      <ul className="images-wall">
        {data.data[0]?.nearest.map((near, i) => (
          <li key={i} className="images-tile">
            <div className="images-frame">
              {typeof near.b64_png === "string" && <img src={dataAddress(near.b64_png)} alt={images.nearOne(i + 1, near.label ?? "")} />}
            </div>
            <span className="small">{images.distance(near.distance)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
