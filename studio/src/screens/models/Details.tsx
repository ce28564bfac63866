import { ArrowLeft, Download, FileDown, Trash2, Upload as Out } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { closeNow, oneStored, openNow, zipOf, type Stored } from "../../api/models";
import { useLoaded } from "../../api/use";
import { bytes, count, when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { setParams, spellRoute, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Aliases } from "./Aliases";
import { Card } from "./Card";
import { DeleteDialog } from "./DeleteDialog";
import { useOf, whoseOf, type Kept } from "./kinds";
import type { May } from "./Models";
import { ReportView } from "./ReportView";
import { Uses } from "./Row";
import { save } from "../../parts/files";

const TABS = [
  { id: "card", shown: text.models.card },
  { id: "report", shown: text.models.report },
  { id: "files", shown: text.models.files },
] as const;

interface Props {
  one: Kept;
  stored: Stored;
  may: May;
  onChanged: () => void;
}

/** One model: what it is, what may be done with it, its card and what was measured. */
export function Details({ one, stored, may, onChanged }: Props) {
  const words = text.models;
  const { params } = useRoute();
  const { name } = stored;
  const more = useLoaded(useCallback((signal: AbortSignal) => oneStored(name, signal), [name]));
  const whole = more.data ?? stored;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const [deleting, setDeleting] = useState(false);
  const tab = TABS.find((each) => each.id === params["tab"])?.id ?? "card";
  const changed = useCallback(() => { more.again(); onChanged(); }, [more.again, onChanged]); // eslint-disable-line react-hooks/exhaustive-deps -- the function stays, its holder does not
  const turn = (): void => {
    setBusy(true);
    setFault(null);
    (whole.open ? closeNow(name) : openNow(name)).then(
      () => { setBusy(false); changed(); },
      (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); },
    );
  };
  const versions = whole.versions.length;
  const params_ = one.listed?.anew.params;
  const context = one.listed?.anew.context;
  return (
    <article className="models models-details">
      <a className="models-back" href={spellRoute("models")}>
        <ArrowLeft size={16} aria-hidden /> {words.all}
      </a>
      <header className="models-head">
        <div>
          <h1>{name}</h1>
          <p>{useOf(one).map((use) => use.words).join(" ")}</p>
          {stored.about !== "" && <p className="soft">{stored.about}</p>}
        </div>
        <div className="models-row">
          <Uses one={one} look="primary" />
        </div>
      </header>
      <div className="models-row">
        {(whole.open ? may.keep : may.open) && (
          <Button icon={whole.open ? Out : Download} disabled={busy} aria-busy={busy} onClick={turn}>
            {busy ? (whole.open ? words.closing : words.opening) : whole.open ? words.close : words.openNow}
          </Button>
        )}
        <Export name={name} onFault={setFault} />
        {may.keep && (
          <Button icon={Trash2} onClick={() => setDeleting(true)}>{words.remove}</Button>
        )}
      </div>
      {fault && <Fault fault={fault} />}
      <dl className="models-dl">
        <Fact name={words.facts.makes}>{words.kinds[one.makes]}</Fact>
        <Fact name={words.facts.from}>{words.from[whoseOf(one)]}</Fact>
        <Fact name={words.facts.licence}>{stored.licence ?? words.noLicence}</Fact>
        <Fact name={words.facts.size}>{bytes(stored.bytes)}</Fact>
        <Fact name={words.facts.memory}>{whole.open ? words.isOpen : words.isClosed}</Fact>
        {typeof params_ === "number" && <Fact name={words.facts.params}>{count(params_)}</Fact>}
        {typeof context === "number" && <Fact name={words.facts.context}>{words.tokens(count(context))}</Fact>}
        <Fact name={words.facts.since}>{when(stored.created)}</Fact>
        {versions > 1 && <Fact name={words.facts.versions}>{words.versions(versions - 1)}</Fact>}
        <div>
          <dt>{words.facts.aliases}</dt>
          <dd><Aliases name={name} aliases={whole.aliases} may={may.keep} onChanged={changed} /></dd>
        </div>
      </dl>
      <div>
        <Tabs name={words.about(name)} tabs={TABS} chosen={tab} onChoose={(next) => setParams({ tab: next === "card" ? null : next })}>
          <div className="models-panel">
            {tab === "card" ? <Card name={name} /> : tab === "report" ? <ReportView name={name} /> : <Files files={more.data?.files} id={stored.id} />}
          </div>
        </Tabs>
      </div>
      {deleting && <DeleteDialog stored={whole} onClose={() => setDeleting(false)} onGone={() => { onChanged(); location.hash = spellRoute("models"); }} />}
    </article>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Files({ files, id }: { files: Record<string, number> | undefined; id: string }) {
  const words = text.models;
  return (
    <>
      <table className="models-files">
        <thead>
          <tr>
            <th scope="col">{words.file}</th>
            <th scope="col">{words.facts.size}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(files ?? {}).map(([file, size]) => (
            <tr key={file}>
              <td><code>{file}</code></td>
              <td>{bytes(size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small soft models-id">{words.id} <code>{id}</code></p>
    </>
  );
}

/** Fetched with the key in a header and saved from here: no address holds the key. */
function Export({ name, onFault }: { name: string; onFault: (fault: Failed | null) => void }) {
  const words = text.models;
  const [share, setShare] = useState<number | null>(null);
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);
  const fetchIt = (): void => {
    leaving.current = new AbortController();
    onFault(null);
    setShare(0);
    zipOf(name, setShare, leaving.current.signal).then(
      (zip) => { setShare(null); save(`${name}.zip`, zip); },
      (thrown: unknown) => {
        const why = asFault(thrown);
        setShare(null);
        if (why.kind !== "stopped") onFault(why);
      },
    );
  };
  if (share === null) return <Button icon={FileDown} onClick={fetchIt}>{words.export}</Button>;
  return (
    <span className="models-exporting">
      <Progress name={words.exporting} {...(share > 0 ? { value: share } : {})} />
      <Button little onClick={() => leaving.current?.abort()}>{words.stop}</Button>
    </span>
  );
}
