import "./models.css";
import { Import as TakeIn, Search as Magnifier } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { models } from "../../api/answers";
import { stored, whoami } from "../../api/models";
import { useLoaded } from "../../api/use";
import { bytes } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts } from "../../shell/shortcuts";
import { text } from "../../text";
import { Details } from "./Details";
import { ImportDialog } from "./ImportDialog";
import { found, keptOf, MAKES, WHOSE, whoseOf, type Kept } from "./kinds";
import { Row } from "./Row";
import { Starters } from "./Starters";

export function Models() {
  const { params } = useRoute();
  const kept = useLoaded(stored);
  const served = useLoaded(models);
  const me = useLoaded(whoami);
  const all = useMemo(
    () => (kept.data && served.data ? keptOf(kept.data.data, served.data.data) : undefined),
    [kept.data, served.data],
  );
  const again = useCallback(() => {
    kept.again();
    served.again();
  }, [kept.again, served.again]); // eslint-disable-line react-hooks/exhaustive-deps -- the functions stay, their holders do not
  const may = { keep: me.data?.scopes.includes("admin") ?? true, open: me.data?.scopes.includes("generate") ?? true };
  if (all === undefined) {
    const fault = kept.fault ?? served.fault;
    return fault ? <Fault fault={fault} again={again} /> : <Waiting height="70vh" />;
  }
  const shown = params["model"] === undefined ? undefined : all.find((one) => one.name === params["model"] || one.stored?.aliases.includes(params["model"] ?? ""));
  if (shown?.stored) return <Details key={shown.name} one={shown} stored={shown.stored} may={may} onChanged={again} />;
  return <Shelf all={all} starters={kept.data?.starters ?? []} may={may} gone={params["model"]} again={again} />;
}

export interface May {
  /** Take in, take out, name, forget. */
  keep: boolean;
  open: boolean;
}

interface Props {
  all: readonly Kept[];
  starters: Parameters<typeof Starters>[0]["starters"];
  may: May;
  gone: string | undefined;
  again: () => void;
}

function Shelf({ all, starters, may, gone, again }: Props) {
  const words = text.models;
  const { params } = useRoute();
  const [importing, setImporting] = useState(false);
  const search = useRef<HTMLDivElement>(null);
  const asked = { q: params["q"] ?? "", makes: params["makes"] ?? "" };
  const rows = found(all, asked);
  const there = MAKES.filter((makes) => all.some((one) => one.makes === makes));
  const size = all.reduce((sum, one) => sum + (one.stored?.bytes ?? 0), 0);
  useShortcuts(
    useMemo(
      () => [
        { keys: "/", does: words.shortcuts.search, run: () => search.current?.querySelector("input")?.focus() },
        { keys: "a", does: words.shortcuts.take, run: () => setImporting(true) },
      ],
      [words],
    ),
  );
  return (
    <div className="models">
      <header className="models-head">
        <div>
          <h1>{words.heading}</h1>
          <p className="soft">{words.intro(all.length, bytes(size))}</p>
        </div>
        {may.keep && (
          <Button look="primary" icon={TakeIn} onClick={() => setImporting(true)}>
            {words.take}
          </Button>
        )}
      </header>
      {!may.keep && <p className="soft small">{words.mayNot}</p>}
      {gone !== undefined && (
        <p className="models-gone" role="alert">
          {words.gone(gone)}
        </p>
      )}
      {all.length > 0 && (
        <div className="models-search" role="search" ref={search}>
          <Field name={words.search} value={asked.q} placeholder={words.searchHint} type="search" autoComplete="off" onValue={(q) => setParams({ q })} />
          <Select name={words.makes} value={asked.makes} onValue={(makes) => setParams({ makes })}
            options={[{ value: "", shown: words.anything }, ...there.map((makes) => ({ value: makes, shown: words.kinds[makes] }))]} />
        </div>
      )}
      <p className="out-of-sight" role="status">{words.foundMany(rows.length)}</p>
      {all.length === 0 ? (
        <Empty>
          <p>{words.empty}</p>
        </Empty>
      ) : rows.length === 0 ? (
        <Empty>
          <Magnifier aria-hidden />
          <p>{words.noneFound}</p>
          <Button onClick={() => setParams({ q: null, makes: null })}>{words.all}</Button>
        </Empty>
      ) : (
        WHOSE.map((whose) => <Group key={whose} heading={words.whose[whose]} why={words.whoseWhy[whose]} rows={rows.filter((one) => whoseOf(one) === whose)} />)
      )}
      {starters.length > 0 && asked.q === "" && asked.makes === "" && <Starters starters={starters} may={may.keep} onTaken={again} />}
      {importing && <ImportDialog taken={all.map((one) => one.name)} onClose={() => setImporting(false)} onTaken={again} />}
    </div>
  );
}

function Group({ heading, why, rows }: { heading: string; why: string; rows: readonly Kept[] }) {
  if (rows.length === 0) return null;
  return (
    <section className="models-group">
      <div>
        <h2>{heading}</h2>
        <p className="soft small">{why}</p>
      </div>
      <ul className="framed models-rows">
        {rows.map((one) => (
          <Row key={`${one.name} ${one.stored === undefined}`} one={one} />
        ))}
      </ul>
    </section>
  );
}
