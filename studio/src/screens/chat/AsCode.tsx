import { Copy } from "lucide-react";
import { useState } from "react";
import { key } from "../../api/key";
import { Button } from "../../parts/Button";
import { Tabs } from "../../parts/Tabs";
import { text } from "../../text";
import { copy } from "./copy";
import { asCurl, asPython, type Request } from "./request";

const TABS = [
  { id: "curl", shown: text.chat.curl },
  { id: "python", shown: text.chat.python },
] as const;

/** The request, as somebody sends it without the studio. A key is named, never shown. */
export function AsCode({ request }: { request: Request }) {
  const [chosen, setChosen] = useState<(typeof TABS)[number]["id"]>("curl");
  const spelled = (chosen === "curl" ? asCurl : asPython)(request, location.origin, key() !== null);
  return (
    <div className="as-code">
      <p className="soft small">{text.chat.codeHint}</p>
      <div className="row">
        <Tabs name={text.chat.asCode} tabs={TABS} chosen={chosen} onChoose={setChosen}>
          <pre tabIndex={0}>
            <code>{spelled}</code>
          </pre>
        </Tabs>
      </div>
      <Button little icon={Copy} onClick={() => void copy(spelled)}>
        {text.chat.copy}
      </Button>
    </div>
  );
}
