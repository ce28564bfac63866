import type { RunWhole } from "../../api/train";
import { reportAddress } from "../../api/train";
import { key } from "../../api/key";
import { Card } from "../../parts/Card";
import { spellRoute } from "../../shell/route";
import { isBuilt, type ScreenId } from "../../shell/screens";
import { text } from "../../text";

const words = text.train.result;

interface Figure {
  value?: number | null;
  shown?: { value?: string; interval?: string };
  kind?: string | null;
  better?: string | null;
  note?: string;
}

const SCREENS: Readonly<Record<string, ScreenId>> = { image: "images", text: "chat", code: "chat", chat: "chat", audio: "sound", music: "sound" };

/** A figure's name as people say it. */
export const spoken = (name: string): string => name.replaceAll("_", " ");

/** The screen that a model of this modality is used on, where there is one. */
export function usedAt(modality: string, model: string): string | null {
  const screen = SCREENS[modality];
  return screen === undefined || !isBuilt(screen) ? null : spellRoute(screen, { model });
}

/** What the model is worth, as it was measured, and where to go with it. */
export function Result({ run, model }: { run: RunWhole; model: string | null }) {
  const figures = Object.entries(run.figures) as [string, Figure][];
  const of = (name: string): Figure | undefined => run.figures[name];
  const use = model === null ? null : usedAt(run.modality, model);
  const reported = run.done.includes("validate");
  return (
    <Card heading={words.heading}>
      <dl className="train-pace">
        {run.headline.map((name) => (
          <div key={name}>
            <dt>{spoken(name)}</dt>
            <dd>
              {of(name)?.shown?.value ?? "–"} <span className="soft small">{of(name)?.shown?.interval ?? ""}</span>
            </dd>
          </div>
        ))}
      </dl>
      <div className="train-acts">
        {use !== null && (
          <a className="button primary" href={use}>
            {words.use}
          </a>
        )}
        {reported && key() === null && (
          <a className="button" href={reportAddress(run.name).slice(1)} target="_blank" rel="noopener noreferrer">
            {words.report}
          </a>
        )}
        {isBuilt("compare") && (
          <a className="button" href={spellRoute("compare", { model: model ?? run.name })}>
            {words.evidence}
          </a>
        )}
        {isBuilt("models") && model !== null && (
          <a className="button" href={spellRoute("models", { model })}>
            {words.model}
          </a>
        )}
      </div>
      {model !== null && (
        <p className="soft small">
          {words.served} <code>{model}</code>
        </p>
      )}
      {figures.length > 0 && (
        <details>
          <summary>{words.figures(figures.length)}</summary>
          <div className="train-table" tabIndex={0} role="region" aria-label={words.figures(figures.length)}>
            <table>
              <thead>
                <tr>
                  {words.columns.map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {figures.map(([name, one]) => (
                  <tr key={name}>
                    <th scope="row">{spoken(name)}</th>
                    <td>{one.shown?.value ?? one.value ?? "–"}</td>
                    <td>{one.shown?.interval ?? ""}</td>
                    <td>{one.better === "lower" ? words.lower : one.better === "higher" ? words.higher : ""}</td>
                    <td className="soft small">{one.note ?? ""}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </Card>
  );
}
