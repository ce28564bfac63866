import type { Looked } from "../../api/train";
import { bytes, count } from "../../parts/amounts";
import { text } from "../../text";
import { removedOf } from "./sample";
import { Samples } from "./Samples";

const { seen } = text.train;

/** What is to be learnt from: how much of what, some of it, and what cleaning takes out and why. */
export function Seen({ looked }: { looked: Looked }) {
  const { cleaned, counts, labels } = looked;
  const removed = [...removedOf(counts), ...removedOf(cleaned.counts)];
  const examples = { ...looked.examples, ...cleaned.examples };
  const kinds = Object.entries(labels);
  const most = Math.max(1, ...kinds.map(([, many]) => many));
  return (
    <>
      <ul className="train-facts">
        <li>
          <strong>{count(looked.records)}</strong> {seen.records(text.modalities[looked.modality] ?? looked.modality)}
        </li>
        {typeof counts["bytes"] === "number" && <li>{bytes(counts["bytes"])}</li>}
        {kinds.length > 0 && <li>{seen.labels(kinds.length)}</li>}
        <li>{looked.licences.length > 0 ? seen.licences(looked.licences.join(", ")) : seen.noLicence}</li>
      </ul>
      {!looked.whole && <p className="soft small">{seen.notWhole(count(looked.records))}</p>}
      <Samples records={looked.across.length > 0 ? looked.across : looked.first} />
      {kinds.length > 0 && (
        <details>
          <summary>{seen.byLabel}</summary>
          <ul className="train-labels">
            {kinds.map(([name, many]) => (
              <li key={name}>
                <span>{name}</span>
                <span className="bar" aria-hidden>
                  <i style={{ width: `${(100 * many) / most}%` }} />
                </span>
                <span>{count(many)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <section className="train-cleaning">
        <h3>{seen.cleaning}</h3>
        {typeof cleaned.why === "string" ? (
          <p className="train-wrong">{cleaned.why}</p>
        ) : (
          <p>{seen.left(count(cleaned.counts["records"] ?? 0), count(cleaned.counts["train"] ?? 0), count(cleaned.counts["validation"] ?? 0), count(cleaned.counts["test"] ?? 0))}</p>
        )}
        {removed.length === 0 ? (
          <p className="soft">{seen.nothingGone}</p>
        ) : (
          <ul className="train-removed">
            {removed.map(([rule, many]) => (
              <li key={rule}>
                <strong>{count(many)}</strong> {rule}
                {(examples[rule] ?? []).length > 0 && (
                  <details>
                    <summary>{seen.examples}</summary>
                    <ul className="soft small">
                      {(examples[rule] ?? []).map((one) => (
                        <li key={one}>{one}</li>
                      ))}
                    </ul>
                  </details>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}
