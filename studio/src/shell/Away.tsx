import { useEffect, useState } from "react";
import { useLife } from "../api/use";
import { toast } from "../parts/Toast";
import { text } from "../text";

/** Says that the server is away, and once that it is back. */
export function Away() {
  const { away, returns } = useLife();
  const [gone, setGone] = useState(false);
  useEffect(() => {
    if (away) setGone(true);
  }, [away]);
  useEffect(() => {
    if (gone && !away) {
      toast(text.shell.back);
      setGone(false);
    }
  }, [away, gone, returns]);
  return (
    <div role="alert">
      {away && (
        <p className="away">
          <strong>{text.shell.away}</strong> {text.shell.waits} <code>{text.shell.start}</code>
        </p>
      )}
    </div>
  );
}
