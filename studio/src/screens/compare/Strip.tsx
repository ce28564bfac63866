// Pictures in a row, with their places kept until they are there.
import { dataAddress } from "../../parts/files";

export function Strip({ pictures, count, alt }: { pictures: readonly string[] | null; count: number; alt: (i: number) => string }) {
  return (
    <ol className="compare-strip">
      {Array.from({ length: count }, (_, i) => {
        const picture = pictures?.[i];
        return <li key={i}>{picture !== undefined && <img src={dataAddress(picture)} alt={alt(i)} />}</li>;
      })}
    </ol>
  );
}
