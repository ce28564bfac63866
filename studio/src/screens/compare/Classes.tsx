// The legend, which is also the map in words: each class with its mark, where it lies, how far it spreads, what is near.
import { text } from "../../text";
import { colourOf, formOf, type Class, type Place } from "./mapping";

interface Props {
  classes: readonly Class[];
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
  onGo: (at: Place) => void;
}

export function Classes({ classes, hidden, onHide, onGo }: Props) {
  const { compare } = text;
  const turn = (label: string): void => {
    const next = new Set(hidden);
    if (!next.delete(label)) next.add(label);
    onHide(next);
  };
  return (
    <section className="compare-classes">
      <h2>{compare.legend}</h2>
      <div className="compare-wide" tabIndex={0} role="region" aria-label={compare.legend}>
        <table>
          <thead>
            <tr>
              <th scope="col">{compare.mark}</th>
              <th scope="col">{compare.label}</th>
              <th scope="col">{compare.items}</th>
              <th scope="col">{compare.middle}</th>
              <th scope="col">{compare.spread}</th>
              <th scope="col">{compare.nearLabel}</th>
              <th scope="col">{compare.shown}</th>
            </tr>
          </thead>
          <tbody>
            {classes.map((one, i) => (
              <tr key={one.label}>
                <td>
                  <svg className="compare-mark" viewBox="-1.4 -1.4 2.8 2.8" width="16" height="16" aria-hidden>
                    <path d={formOf(i)} style={{ fill: `var(${colourOf(i)})` }} />
                  </svg>
                </td>
                <th scope="row"><strong>{one.label}</strong></th>
                <td className="number">{one.count}</td>
                <td className="number">
                  <button type="button" className="compare-link" onClick={() => onGo(one.middle)}>
                    {compare.place(one.middle[0].toFixed(2), one.middle[1].toFixed(2))}
                    <span className="out-of-sight"> {compare.goTo(one.label)}</span>
                  </button>
                </td>
                <td className="number">{one.spread.toFixed(2)}</td>
                <td>{one.near ?? ""}</td>
                <td><input type="checkbox" checked={!hidden.has(one.label)} aria-label={compare.showLabel(one.label)} onChange={() => turn(one.label)} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
