import { Download } from "lucide-react";
import { useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { takeIn, type Starter } from "../../api/models";
import { Button } from "../../parts/Button";
import { Fault } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";

/** Models that come with anew and are not in the store yet. */
export function Starters({ starters, may, onTaken }: { starters: readonly Starter[]; may: boolean; onTaken: () => void }) {
  const words = text.models;
  const [busy, setBusy] = useState<string | null>(null);
  const [fault, setFault] = useState<Failed | null>(null);
  const take = (starter: string): void => {
    setBusy(starter);
    setFault(null);
    takeIn({ what: { starter }, name: "", onShare: () => undefined, signal: new AbortController().signal }).then(
      (made) => {
        setBusy(null);
        toast(words.taken(made.name));
        onTaken();
      },
      (thrown: unknown) => {
        setBusy(null);
        setFault(asFault(thrown));
      },
    );
  };
  return (
    <section className="models-group">
      <div>
        <h2>{words.waiting}</h2>
        <p className="soft small">{words.waitingWhy}</p>
      </div>
      {fault && <Fault fault={fault} />}
      <ul className="framed models-rows">
        {starters.map((one) => (
          <li key={one.name}>
            <div className="models-what">
              <h3>{one.name}</h3>
              <p className="soft small">{one.about}</p>
              <p className="soft small">{one.licence ?? words.noLicence}</p>
            </div>
            {may && (
              <div className="models-acts">
                <Button little icon={Download} disabled={busy !== null} aria-busy={busy === one.name} name={words.takeStarter(one.name)} onClick={() => take(one.name)}>
                  {words.get}
                </Button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
