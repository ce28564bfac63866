// The claims of a report, each with its bars.
import { ChevronRight } from "lucide-react";
import { text } from "../../text";
import { bareValue, type Claim } from "./claims";
import { Outcome } from "./Outcome";

export function Claims({ claims, onOpen }: { claims: readonly Claim[]; onOpen: (id: string) => void }) {
  const { compare } = text;
  const groups = [
    { heading: compare.claims, why: compare.claimsWhy, of: claims.filter((one) => one.kind !== "check") },
    { heading: compare.checks, why: compare.checksWhy, of: claims.filter((one) => one.kind === "check") },
  ];
  return groups.map(({ heading, why, of }) =>
    of.length === 0 ? null : (
      <section key={heading} className="compare-claims">
        <h2>{heading}</h2>
        <p className="soft small">{why}</p>
        <ul>
          {of.map((claim) => (
            <li key={claim.id} className="compare-claim">
              <button type="button" onClick={() => onOpen(claim.id)} aria-haspopup="dialog">
                <span className="named">
                  <strong>{claim.title}</strong>
                  {claim.ours !== null && (
                    <span className="measured">
                      {claim.ours.shown.value}
                      {claim.ours.shown.interval !== "" && <span className="soft"> [{claim.ours.shown.interval}]</span>}
                    </span>
                  )}
                  <span className="to-evidence">
                    {compare.toEvidence}
                    <ChevronRight size={16} aria-hidden />
                  </span>
                </span>
              </button>
              <ul className="compare-bars">
                {claim.bars.map((bar) => (
                  <li key={bar.name}>
                    <Outcome came={bar.outcome} kind={claim.kind} />
                    <span>
                      {bar.metric === null ? (bar.words ?? claim.caption) : compare.bar(bar.name, bareValue(bar.metric))}
                      {bar.metric !== null && bar.metric.shown.interval !== "" && <span className="soft"> [{bar.metric.shown.interval}]</span>}
                    </span>
                  </li>
                ))}
              </ul>
              {claim.kind === "check" && <p className="soft small">{claim.caption}</p>}
            </li>
          ))}
        </ul>
      </section>
    ),
  );
}
