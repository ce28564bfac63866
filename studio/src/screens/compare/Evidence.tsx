// What a claim rests on: the figure, what it stands against, how it was measured, and the files behind it.
import { Download } from "lucide-react";
import { addressOf, blobAt, type Evidence as Told, type Source } from "../../api/compare";
import { Button } from "../../parts/Button";
import { count } from "../../parts/amounts";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { bareValue, behind, mustBe, sentenceOf, type Claim } from "./claims";
import { Heard, Picture, Written } from "./Filed";
import { Intervals } from "./Intervals";
import { Outcome } from "./Outcome";
import { save } from "../../parts/files";

export function Evidence({ claim, told, source }: { claim: Claim; told: Told; source: Source }) {
  const { compare } = text;
  const { ours } = claim;
  const { figures, clips, texts } = behind(claim, told);
  const said = sentenceOf(claim, told.verdict);
  const keep = async (): Promise<void> => {
    try {
      save(`${source.name}-evidence.json`, await blobAt(addressOf(source), new AbortController().signal));
    } catch {
      toast(compare.notSaved);
    }
  };
  const lines = ours === null ? [] : [
    { name: compare.thisModel, metric: ours, ours: true },
    ...claim.bars.flatMap(({ name, metric }) => (metric === null ? [] : [{ name, metric, ours: false }])),
  ];
  return (
    <div className="compare-evidence">
      {said !== null && <p>{said}</p>}
      {claim.kind === "unmeasured" && <p>{claim.caption}</p>}
      {lines.length > 0 && <Intervals lines={lines} />}
      {claim.bars.length > 0 && (
        <ul className="compare-bars">
          {claim.bars.map((bar) => (
            <li key={bar.name}>
              <Outcome came={bar.outcome} kind={claim.kind} />
              <span>
                {bar.metric === null ? bar.words : compare.bar(bar.name, bareValue(bar.metric))}
                {bar.relation !== null && <span className="soft"> {compare.relations[bar.relation]}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {ours !== null && (
        <dl className="compare-facts">
          {ours.note !== "" && (
            <>
              <dt>{compare.how}</dt>
              <dd>{mustBe(ours.note).planted}</dd>
            </>
          )}
          {ours.n !== null && (
            <>
              <dt>{compare.items}</dt>
              <dd>{count(ours.n)}</dd>
            </>
          )}
          {ours.kind !== null && (
            <>
              <dt>{compare.kind}</dt>
              <dd>{compare.kinds[ours.kind]}</dd>
            </>
          )}
          {ours.better !== null && (
            <>
              <dt>{compare.good}</dt>
              <dd>{compare.better[ours.better]}</dd>
            </>
          )}
          {claim.kind === "beside" && claim.caption !== "" && claim.caption !== ours.note && (
            <>
              <dt>{compare.about}</dt>
              <dd>{claim.caption}</dd>
            </>
          )}
        </dl>
      )}
      {figures.length + clips.length + texts.length > 0 && (
        <>
          <h3>{compare.lookYourself}</h3>
          <div className="compare-figures">
            {figures.map((one) => <Picture key={one.file} source={source} figure={one} />)}
          </div>
          {clips.length > 0 && <div className="compare-clips">{clips.map((one) => <Heard key={one.file} source={source} clip={one} />)}</div>}
          {texts.map((one, i) => <Written key={i} sample={one} />)}
        </>
      )}
      <h3>{compare.file}</h3>
      <p className="small">
        <code>{claim.kind === "unmeasured" ? `evidence.json#facts.unmeasured.${claim.id}` : `evidence.json#${claim.id}`}</code>
      </p>
      {ours !== null && <pre className="compare-raw small" tabIndex={0}>{JSON.stringify(ours, null, 1)}</pre>}
      <p className="small soft">
        {told.facts.data_hash !== "" && <>{compare.dataHash} <code>{told.facts.data_hash}</code></>}
      </p>
      <div>
        <Button icon={Download} little onClick={() => void keep()}>{compare.keepFile}</Button>
      </div>
    </div>
  );
}
