import { useMemo } from "react";
import type { Peeked } from "../../api/train";
import { bytes } from "../../parts/amounts";
import { text } from "../../text";
import { sampleOf, type Sample } from "./sample";
import { useAddress } from "./useContent";

const { seen } = text.train;
const FEW = 8; // of what takes room

/** Records as they are. */
export function Samples({ records }: { records: readonly Peeked[] }) {
  const all = useMemo(() => records.map((record) => ({ record, sample: sampleOf(record) })), [records]);
  const first = all[0]?.sample.kind;
  if (first === undefined) return null;
  if (first === "row") return <Rows samples={all.map((one) => one.sample)} />;
  const small = first === "picture";
  return (
    <ul className={small ? "train-pictures" : "train-records"}>
      {all.slice(0, small ? all.length : FEW).map(({ record, sample }, i) => (
        <li key={i}>
          <One sample={sample} record={record} />
        </li>
      ))}
    </ul>
  );
}

function One({ sample, record }: { sample: Sample; record: Peeked }) {
  const label = record.label ?? "";
  switch (sample.kind) {
    case "picture":
      return <Picture content={sample.content} label={label} origin={record.origin} />;
    case "sound":
      return <Sound content={sample.content} label={label} origin={record.origin} />;
    case "talk":
      return (
        <dl className="train-talk">
          {sample.messages.map((one, i) => (
            <div key={i}>
              <dt>{one.role}</dt>
              <dd>{one.content}</dd>
            </div>
          ))}
        </dl>
      );
    case "file":
      return <p className="soft small">{seen.file(record.origin, bytes(sample.bytes))}</p>;
    default:
      return (
        <>
          {label !== "" && <span className="tag">{label}</span>}
          <pre tabIndex={0}>{"words" in sample ? sample.words : ""}</pre>
          {record.cut && <span className="soft small">{seen.cut}</span>}
        </>
      );
  }
}

function Picture({ content, label, origin }: { content: Blob; label: string; origin: string }) {
  const address = useAddress(content);
  return (
    <figure>
      {address !== null && <img src={address} alt={label === "" ? origin : seen.labelled(label)} loading="lazy" />}
      {label !== "" && <figcaption>{label}</figcaption>}
    </figure>
  );
}

function Sound({ content, label, origin }: { content: Blob; label: string; origin: string }) {
  const address = useAddress(content);
  return (
    <figure>
      <figcaption>
        {label} <span className="soft small">{origin}</span>
      </figcaption>
      {address !== null && <audio controls src={address} aria-label={label === "" ? origin : label} />}
    </figure>
  );
}

function Rows({ samples }: { samples: readonly Sample[] }) {
  const rows = samples.flatMap((one) => (one.kind === "row" ? [new Map(one.cells)] : []));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return (
    <div className="train-table" tabIndex={0} role="region" aria-label={seen.rows}>
      <table>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, 12).map((row, i) => (
            <tr key={i}>
              {columns.map((name) => (
                <td key={name}>{row.get(name) ?? ""}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
