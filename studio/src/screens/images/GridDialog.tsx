// The grid: what it differs by, its pictures as they come, and any of them with its settings.
import { BookmarkPlus, Grid3x3, ImageDown, SlidersHorizontal, Square } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { keep } from "../../api/creations";
import { DRAWN } from "../../api/images";
import type { Fault as Failed } from "../../api/fault";
import { asFault } from "../../api/fault";
import type { Creation, Model } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field, Select } from "../../parts/Field";
import { Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { setParams } from "../../shell/route";
import { text } from "../../text";
import { dataAddress, download, fileName } from "../../parts/files";
import { cellsOf, gridParams, KINDS, valuesOf, wrongOf, type Axis, type Cell, type Grid, type Kind } from "./grid";
import { gridPicture } from "./gridPicture";
import { Facts } from "./Facts";
import { useGrid, type Filled } from "./useGrid";

interface Props {
  grid: Grid;
  models: readonly Model[];
  onClose: () => void;
  onKept: (one: Creation) => void;
  onFault: (fault: Failed) => void;
  onUse: (body: unknown) => void;
}

export function GridDialog({ grid, models, onClose, onKept, onFault, onUse }: Props) {
  const { images } = text;
  const { filling, fill, stop } = useGrid();
  const [shown, setShown] = useState<number | null>(null);
  const wrong = wrongOf(grid);
  const busy = filling?.state === "filling";
  const run = (): void => {
    setShown(null);
    fill(cellsOf(grid));
  };
  const first = useRef(run);
  useEffect(() => {
    // An address that tells of a grid shows it: the same seeds give the same pictures.
    if (wrong === null) first.current();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const set = (more: Partial<Grid>): void => {
    stop();
    setParams(gridParams({ ...grid, ...more }));
  };
  const done = filling?.filled.filter((one) => one.done).length ?? 0;
  const names = { across: images.axes[grid.across.kind], down: images.axes[grid.down.kind] };
  const save = (): void => {
    if (filling === null) return;
    gridPicture(filling.cells, filling.filled, names).then(
      (blob) => {
        const address = URL.createObjectURL(blob);
        download(address, fileName(grid.model, `grid ${names.across} ${names.down}`, grid.base.seed));
        setTimeout(() => URL.revokeObjectURL(address), 10_000);
      },
      (thrown: unknown) => onFault(asFault(thrown)),
    );
  };
  return (
    <Dialog heading={images.grid} open onClose={onClose}>
      <form className="images-grid" onSubmit={(event) => { event.preventDefault(); if (wrong === null && !busy) run(); }}>
        <p className="small soft">{images.gridWhy(grid.base.prompt, grid.model, grid.base.seed)}</p>
        <div className="images-axes">
          <AxisChoice name={images.across} axis={grid.across} models={models} onAxis={(across) => set({ across })} />
          <AxisChoice name={images.down} axis={grid.down} models={models} onAxis={(down) => set({ down })} />
        </div>
        <div className="images-row">
          <p role="status" className="small">
            {wrong !== null ? images.gridWrong[wrong] : filling === null ? images.cells(cellsOf(grid).length)
              : `${filling.state === "stopped" ? images.stopped : ""} ${images.making(done, filling.cells.length)}`}
          </p>
          <span className="images-acts">
            <Button icon={ImageDown} disabled={done === 0} onClick={save}>{images.gridSave}</Button>
            {busy ? (
              <Button key="stop" look="primary" icon={Square} onClick={stop}>{images.stop}</Button>
            ) : (
              <Button key="begin" look="primary" icon={Grid3x3} type="submit" disabled={wrong !== null}>{images.fill}</Button>
            )}
          </span>
        </div>
        <div className="images-progress">{busy && <Progress name={images.making(done, filling.cells.length)} />}</div>
        {filling?.fault && (filling.fault.kind === "away" ? <p className="images-broken">{images.broken}</p> : <Fault fault={filling.fault} />)}
        {filling !== null && <Table cells={filling.cells} filled={filling.filled} names={names} shown={shown} onShow={setShown} />}
        {filling !== null && shown !== null && (
          <One key={shown} cell={filling.cells[shown]} filled={filling.filled[shown]} onKept={onKept} onFault={onFault} onUse={onUse} />
        )}
      </form>
    </Dialog>
  );
}

function AxisChoice({ name, axis, models, onAxis }: { name: string; axis: Axis; models: readonly Model[]; onAxis: (axis: Axis) => void }) {
  const { images } = text;
  const usual = (kind: Kind): string => (kind === "model" ? models.map(({ id }) => id).join(", ") : images.axisUsual[kind] ?? "");
  return (
    <fieldset className="images-axis">
      <legend>{name}</legend>
      <Select name={images.differs} value={axis.kind} options={KINDS.map((kind) => ({ value: kind, shown: images.axes[kind] }))}
        onValue={(chosen) => {
          const kind = KINDS.find((one) => one === chosen) ?? "seed";
          onAxis({ kind, values: usual(kind) });
        }} />
      <Field name={images.axisValues} value={axis.values} hint={images.axisHints[axis.kind] ?? images.axisHint} onValue={(values) => onAxis({ ...axis, values })} />
      <span className="out-of-sight">{valuesOf(axis).length}</span>
    </fieldset>
  );
}

interface TableProps {
  cells: readonly Cell[];
  filled: readonly Filled[];
  names: { across: string; down: string };
  shown: number | null;
  onShow: (at: number) => void;
}

const BY: Readonly<Record<string, readonly [number, number] | undefined>> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

function Table({ cells, filled, names, shown, onShow }: TableProps) {
  const { images } = text;
  const columns = [...new Set(cells.map((one) => one.x))];
  const rows = [...new Set(cells.map((one) => one.y))];
  const walked = (event: KeyboardEvent<HTMLTableElement>): void => {
    const by = BY[event.key];
    const at = Number((event.target as HTMLElement).dataset["at"]);
    if (by === undefined || Number.isNaN(at)) return;
    const [x, y] = [(at % columns.length) + by[0], Math.floor(at / columns.length) + by[1]];
    if (x < 0 || x >= columns.length) return;
    event.preventDefault();
    event.currentTarget.querySelector<HTMLElement>(`[data-at="${y * columns.length + x}"]`)?.focus();
  };
  return (
    <div className="images-table" role="group" tabIndex={0} aria-label={images.grid}>
      <table onKeyDown={walked}>
        <thead>
          <tr>
            <td className="small soft">{images.corner(names.across, names.down)}</td>
            {columns.map((x) => <th key={x} scope="col">{x}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((y, row) => (
            <tr key={y}>
              <th scope="row">{y}</th>
              {columns.map((x, column) => {
                const at = row * columns.length + column;
                const one = filled[at];
                return (
                  <td key={x}>
                    <button type="button" data-at={at} className={`images-frame ${one?.done ? "" : "waiting"}`} aria-pressed={shown === at}
                      disabled={!one?.done} aria-label={images.cell(x, y)} title={one?.fault?.message} onClick={() => onShow(at)}>
                      {one?.content != null && <img src={dataAddress(one.content)} alt="" className={one.done ? "" : "images-rough"} />}
                      {one?.fault && <span className="small images-refused">{one.fault.parts.said}</span>}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function One({ cell, filled, onKept, onFault, onUse }: { cell: Cell | undefined; filled: Filled | undefined } & Pick<Props, "onKept" | "onFault" | "onUse">) {
  const { images } = text;
  const [kept, setKept] = useState(false);
  const content = filled?.content ?? null;
  if (cell === undefined || filled === undefined) return null;
  const { request } = cell;
  return (
    <section className="images-cell" aria-label={images.cell(cell.x, cell.y)}>
      {content !== null && <div className="images-large"><img src={dataAddress(content)} alt={images.cell(cell.x, cell.y)} /></div>}
      <div className="images-one">
        {filled.fault && <Fault fault={filled.fault} />}
        {filled.ignored !== "" && <p className="small images-broken">{images.ignored(images.names[filled.ignored] ?? filled.ignored)}</p>}
        <Facts body={request} />
        <div className="images-acts">
          <Button little icon={SlidersHorizontal} onClick={() => onUse(request)}>{images.use}</Button>
          {content !== null && (
            <Button little icon={BookmarkPlus} disabled={kept}
              onClick={() => { setKept(true); keep({ address: DRAWN, body: request }, content).then(onKept, (thrown: unknown) => { setKept(false); onFault(asFault(thrown)); }); }}>
              {kept ? images.kept : images.keep}
            </Button>
          )}
          {content !== null && (
            <Button little icon={ImageDown} onClick={() => download(dataAddress(content), fileName(request.model ?? "", request.prompt, request.seed ?? 0))}>
              {images.download}
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}
