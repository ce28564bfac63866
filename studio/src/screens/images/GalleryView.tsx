import { Spline, Star, X } from "lucide-react";
import { memo, useCallback, useEffect, useRef, useState } from "react";
import type { Search } from "../../api/creations";
import type { Creation } from "../../api/shapes";
import type { Creations } from "../../api/useCreations";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams } from "../../shell/route";
import { text } from "../../text";
import { toggled } from "./chosen";
import { PathDialog } from "./PathDialog";
import { useContent } from "../../api/useContent";
import { Wall } from "./Wall";

const SETTLED = 80; // milliseconds that a tile stays before its picture is asked for
const AHEAD = "1200px"; // how far below the window the next page is asked for
const PAUSE = 250; // milliseconds after the last letter until it is searched for

interface Props {
  gallery: Creations;
  search: Search;
  onOpen: (one: Creation) => void;
}

/** What was kept, the newest first. */
export function GalleryView({ gallery, search, onOpen }: Props) {
  const { images } = text;
  const { items, fault } = gallery;
  const [chosen, setChosen] = useState<readonly Creation[]>([]);
  const [walking, setWalking] = useState(false);
  const choose = useCallback((one: Creation) => setChosen((before) => toggled(before, one)), []);
  const [from, to] = chosen;
  const none = search.deleted ? images.noneDeleted : search.favourite || search.q.trim() !== "" ? images.noneFound : images.empty;
  return (
    <section className="images-gallery" aria-labelledby="images-gallery">
      <div className="images-row">
        <h2 id="images-gallery">{images.gallery}</h2>
        <Filters search={search} />
      </div>
      {fault && <Fault fault={fault} again={gallery.again} />}
      {items === undefined ? (
        fault ? null : <Waiting height="14rem" />
      ) : items.length === 0 ? (
        <Empty>
          <p>{none}</p>
        </Empty>
      ) : (
        <Wall items={items} busy={gallery.loading}>
          {(one, at) => (
            <KeptTile key={one.id} one={one} place={at + 1} of={gallery.hasMore ? -1 : items.length} onOpen={onOpen} onChoose={choose}
              chosen={chosen.some(({ id }) => id === one.id)} />
          )}
        </Wall>
      )}
      {gallery.hasMore && <More loading={gallery.loading} onMore={gallery.more} count={items?.length ?? 0} />}
      {chosen.length > 0 && (
        <div className="images-chosen" role="region" aria-label={images.chosen(chosen.length)}>
          <span>{to === undefined ? images.chooseAnother : images.chosen(chosen.length)}</span>
          <Button little icon={Spline} disabled={to === undefined} onClick={() => setWalking(true)}>{images.path}</Button>
          <Button little look="quiet" icon={X} name={images.unchoose} onClick={() => setChosen([])} />
        </div>
      )}
      {walking && from !== undefined && to !== undefined && <PathDialog ends={[from, to]} onClose={() => setWalking(false)} onKept={gallery.take} />}
    </section>
  );
}

/** The next page comes before its place is in sight; the button is for whoever does not scroll. */
function More({ loading, onMore, count }: { loading: boolean; onMore: () => void; count: number }) {
  const place = useRef<HTMLButtonElement>(null);
  const hears = useRef(onMore);
  hears.current = onMore;
  useEffect(() => {
    const element = place.current;
    if (loading || element === null || typeof IntersectionObserver === "undefined") return undefined;
    const watcher = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) hears.current(); }, { rootMargin: AHEAD });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [loading, count]);
  return <Button ref={place} className="images-more" disabled={loading} onClick={onMore}>{text.images.more}</Button>;
}

function Filters({ search }: { search: Search }) {
  const { images } = text;
  const [typed, setTyped] = useState(search.q);
  useEffect(() => setTyped(search.q), [search.q]);
  useEffect(() => {
    const timer = setTimeout(() => setParams({ q: typed.trim() || null }), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="images-filters">
      <Field name={images.search} type="search" placeholder={images.searchHint} value={typed} onValue={setTyped} />
      <span className="images-acts">
        <Button little aria-pressed={search.favourite} onClick={() => setParams({ show: search.favourite ? null : "favourites" })}>
          {images.favourites}
        </Button>
        <Button little aria-pressed={search.deleted} onClick={() => setParams({ show: search.deleted ? null : "deleted" })}>
          {images.deleted}
        </Button>
      </span>
    </div>
  );
}

interface TileProps {
  one: Creation;
  /** Which of how many, since only those in sight are on the page; -1 where it is not known yet. */
  place: number;
  of: number;
  chosen: boolean;
  onOpen: (one: Creation) => void;
  onChoose: (one: Creation) => void;
}

const KeptTile = memo(function KeptTile({ one, place, of, chosen, onOpen, onChoose }: TileProps) {
  const { address, fault } = useContent(one.id, SETTLED);
  return (
    <li className="images-kept" aria-posinset={place} aria-setsize={of}>
      <button type="button" className="images-frame" aria-label={text.images.open(one.title)} title={fault?.message ?? one.title}
        onClick={() => onOpen(one)}>
        {address !== null && <img src={address} alt="" decoding="async" />}
      </button>
      {one.favourite && <Star className="images-star" size={16} aria-hidden />}
      <label className="images-check images-choose">
        <input type="checkbox" checked={chosen} aria-label={text.images.choose(one.title)} onChange={() => onChoose(one)} />
        <span className="images-title">{one.title}</span>
      </label>
    </li>
  );
});
