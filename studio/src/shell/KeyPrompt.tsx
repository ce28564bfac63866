import { useState, type SyntheticEvent } from "react";
import { json } from "../api/call";
import { asFault, type Fault as Failed } from "../api/fault";
import { setKey } from "../api/key";
import { keyGiven } from "../api/life";
import { useLife } from "../api/use";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { Field } from "../parts/Field";
import { Fault } from "../parts/states";
import { text } from "../text";

/** Asks for a key when the server wanted one. It goes into this tab's session alone. */
export function KeyPrompt() {
  const { wantsKey } = useLife();
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<Failed | null>(null);
  const enter = (event: SyntheticEvent): void => {
    event.preventDefault();
    setKey(typed.trim());
    json("/v1/models").then(
      () => {
        setTyped("");
        setFault(null);
        keyGiven();
      },
      (thrown: unknown) => {
        const why = asFault(thrown);
        if (why.kind === "key") setKey(null);
        setFault(why);
      },
    );
  };
  return (
    <Dialog heading={text.key.heading} open={wantsKey}>
      <form className="key" onSubmit={enter}>
        <p className="soft">{text.key.why}</p>
        <Field name={text.key.name} type="password" autoComplete="off" spellCheck={false} value={typed} onValue={setTyped} />
        {fault && <Fault fault={fault} />}
        <Button look="primary" type="submit" disabled={typed.trim() === ""}>
          {text.key.enter}
        </Button>
        <p className="soft small">
          {text.key.none} <code>{text.key.command}</code>
        </p>
      </form>
    </Dialog>
  );
}
