import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { text } from "../text";
import { Button } from "./Button";

interface Props {
  heading: string;
  open: boolean;
  /** Without it the dialog cannot be closed by its reader. */
  onClose?: () => void;
  children: ReactNode;
}

/** The browser's own dialog: it keeps the focus, and Escape closes it. */
export function Dialog({ heading, open, onClose, children }: Props) {
  const held = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = held.current;
    if (!open || dialog === null) return undefined;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      className="dialog"
      ref={held}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClick={(event) => {
        if (event.target === held.current) onClose?.();
      }}
    >
      <div className="inside">
        <header>
          <h2 id={id}>{heading}</h2>
          {onClose && <Button look="quiet" little icon={X} name={text.close} onClick={onClose} />}
        </header>
        {children}
      </div>
    </dialog>
  );
}
