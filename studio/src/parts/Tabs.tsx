import { useId, type KeyboardEvent, type ReactNode } from "react";

interface Props<Id extends string> {
  name: string;
  tabs: readonly { id: Id; shown: string }[];
  chosen: Id;
  onChoose: (id: Id) => void;
  children: ReactNode;
}

/** Tabs and the panel of the chosen one; the arrow keys walk them. */
export function Tabs<Id extends string>({ name, tabs, chosen, onChoose, children }: Props<Id>) {
  const id = useId();
  const walk = (event: KeyboardEvent<HTMLDivElement>): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    // From the tab that has the focus: a second press may come before what the first one chose is shown.
    const at = tabs.findIndex((tab) => `${id}-${tab.id}` === document.activeElement?.id);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChoose(next.id);
    document.getElementById(`${id}-${next.id}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={name} onKeyDown={walk}>
        {tabs.map((tab) => (
          <button
            type="button"
            role="tab"
            key={tab.id}
            id={`${id}-${tab.id}`}
            aria-selected={tab.id === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={tab.id === chosen ? 0 : -1}
            onClick={() => onChoose(tab.id)}
          >
            {tab.shown}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </>
  );
}
