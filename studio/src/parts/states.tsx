// What a screen shows where there is nothing, nothing yet, or a fault.
import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import type { Fault as Failed } from "../api/fault";
import { text } from "../text";
import { Button } from "./Button";

export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}

/** The server's message with its next command; that no answer came is said by the shell's banner, too. */
export function Fault({ fault, again }: { fault: Failed; again?: (() => void) | undefined }) {
  const { said, command } = fault.parts;
  return (
    <div className="fault" role="alert">
      <span>
        <strong>{text.faults[fault.kind]}</strong> {fault.kind === "away" ? null : said}
      </span>
      {command !== null && <code>{command}</code>}
      {again && (
        <span>
          <Button little icon={RotateCw} onClick={again}>
            {text.again}
          </Button>
        </span>
      )}
    </div>
  );
}

/** As large as what will stand there, so that nothing jumps. */
export function Waiting({ height }: { height: string }) {
  return (
    <div className="bone" style={{ height }} role="status">
      <span className="out-of-sight">{text.loading}</span>
    </div>
  );
}
