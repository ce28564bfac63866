import { Download } from "lucide-react";
import { useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { exported, FORMATS, type Format } from "../../api/writing";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { save } from "../../parts/files";
import { Fault } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { fileOf, textAt, type Path } from "./path";

interface Props {
  path: Path;
  change: (change: (path: Path) => Path) => void;
}

/** The text as a file. */
export function Export({ path, change }: Props) {
  const { writing } = text;
  const [summed, setSummed] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const [busy, setBusy] = useState<Format | null>(null);
  const file = fileOf(path, summed ? writing.inShort : null);
  const hasSummary = textAt(path, "summary").trim() !== "";
  const keep = async (format: Format): Promise<void> => {
    setBusy(format);
    setFault(null);
    try {
      const { name, content } = await exported({ ...file, format });
      save(name, content);
      toast(writing.saved(name));
    } catch (thrown) {
      setFault(asFault(thrown));
    } finally {
      setBusy(null);
    }
  };
  return (
    <section className="card step" aria-label={writing.export}>
      <header>
        <h2>
          <span className="number" aria-hidden>6</span> {writing.export}
        </h2>
      </header>
      <p className="soft small">{writing.exportHint}</p>
      <Field name={writing.title} value={path.title} placeholder={file.title} maxLength={200} onValue={(title) => change((now) => ({ ...now, title }))} />
      {hasSummary && (
        <label className="check">
          <input type="checkbox" checked={summed} onChange={(event) => setSummed(event.target.checked)} /> {writing.withSummary}
        </label>
      )}
      <span className="acts">
        {FORMATS.map((format) => (
          <Button key={format} icon={Download} disabled={file.text.trim() === "" || busy !== null} onClick={() => void keep(format)}>
            {writing.formats[format]}
          </Button>
        ))}
      </span>
      {file.text.trim() === "" && <p className="soft small">{writing.nothingToExport}</p>}
      {fault !== null && <Fault fault={fault} />}
    </section>
  );
}
