// What was made and kept, the newest first: heard at once, opened with its settings, put away.
import { Play, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Creation } from "../../api/shapes";
import { when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, useRoute } from "../../shell/route";
import { text } from "../../text";
import { useAsking } from "../../parts/asking";
import { heardOf } from "./hearing";
import { KeptDialog } from "./KeptDialog";
import type { Keeping } from "./keeping";
import type { Player } from "./Player";
import { usePlaying } from "./usePlayer";

const PAUSE = 250; // milliseconds after the last letter until it is searched for

export function KeptSounds({ keeping, onUse }: { keeping: Keeping; onUse: (body: Readonly<Record<string, unknown>>, index: number, title: string) => void }) {
  const { sound } = text;
  const { params } = useRoute();
  const { list, search, deleted, on, setOn } = keeping;
  const [typed, setTyped] = useState(search);
  useEffect(() => {
    const timer = setTimeout(() => setParams({ q: typed.trim() || null }), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  const shown = params["one"];
  return (
    <section className="kept-sounds" aria-labelledby="kept-sounds">
      <div className="kept-head">
        <h2 id="kept-sounds">{sound.kept}</h2>
        <label className="tick">
          <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} />
          {sound.keepAll}
        </label>
      </div>
      <div className="acts kept-filters">
        <Field name={sound.search} type="search" value={typed} onValue={setTyped} />
        <Button little aria-pressed={deleted} onClick={() => setParams({ show: deleted ? null : "deleted" })}>{sound.deleted}</Button>
      </div>
      {list.fault && <Fault fault={list.fault} again={list.again} />}
      {list.items === undefined ? (
        list.fault ? null : <Waiting height="8rem" />
      ) : list.items.length === 0 ? (
        <Empty><p>{deleted ? sound.noneDeleted : search !== "" ? sound.noneFound : sound.noneKept}</p></Empty>
      ) : (
        <ul className="kept-list" aria-busy={list.loading}>
          {list.items.map((one) => <Row key={one.id} one={one} />)}
        </ul>
      )}
      {list.hasMore && <Button disabled={list.loading} onClick={list.more}>{sound.more}</Button>}
      {shown !== undefined && (
        <KeptDialog key={shown} id={shown} onChanged={list.take} onClose={() => setParams({ one: null })}
          onUse={(body, index, title) => { setParams({ one: null }); onUse(body, index, title); }} />
      )}
    </section>
  );
}

function Row({ one }: { one: Creation }) {
  const { sound } = text;
  const [player, setPlayer] = useState<Player | null>(null);
  const playing = usePlaying(player);
  const { busy, fault, run } = useAsking();
  const last = useRef<Player | null>(null);
  useEffect(() => () => last.current?.pause(), []);
  const toggle = (): void => {
    if (player !== null) {
      if (playing) player.pause();
      else player.play(0);
      return;
    }
    run(async (signal) => {
      const heard = await heardOf(one.id, signal);
      if (signal.aborted) return;
      last.current = heard.player;
      setPlayer(heard.player);
      heard.player.play(0);
    });
  };
  return (
    <li className="kept-row">
      <Button little look="quiet" icon={playing ? Square : Play} disabled={busy} name={playing ? sound.stopOne(one.title) : sound.playOne(one.title)} onClick={toggle} />
      <button type="button" className="kept-title" onClick={() => setParams({ one: one.id })}>{one.title}</button>
      <span className="soft small">{one.model} · {when(one.created_at)}</span>
      {fault && <Fault fault={fault} />}
    </li>
  );
}
