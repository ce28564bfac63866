// What a model would write at the cursor, shown there in grey: taken by a key, let go by another, gone as soon as
// something else is typed. It is asked for when typing rests, and whatever is typed meanwhile cancels it, unless that is
// what the suggestion begins with.
import { isolateHistory } from "@codemirror/commands";
import { Prec, StateEffect, StateField, type ChangeSet, type Extension, type Transaction } from "@codemirror/state";
import { Decoration, EditorView, keymap, ViewPlugin, WidgetType, type ViewUpdate } from "@codemirror/view";

const REST = 300; // milliseconds without typing after which it is asked
export const LEAVING = 10_000; // milliseconds after Escape in which Tab leaves the editor

/** How it stands: `first` and `whole` are milliseconds from the question to the first letters, and to the end. */
export type GhostState =
  | { kind: "off" | "asking" | "nothing" }
  | { kind: "shown"; text: string; whole: boolean; first: number }
  | { kind: "failed"; why: unknown };

export interface Suggester {
  /** Whether it is asked without being told to. */
  byItself: () => boolean;
  /** What stands between the two, as it grows. */
  between: (before: string, after: string, signal: AbortSignal) => AsyncIterable<string>;
  told: (state: GhostState) => void;
  /** What is said to who does not see it. */
  shownAs: (text: string) => string;
  takenAs: (text: string) => string;
}

interface Ghost {
  at: number;
  text: string;
}

const put = StateEffect.define<Ghost | null>();
const grow = StateEffect.define<string>();

/** The one insertion that a transaction is, where it is one. */
function insertion(changes: ChangeSet): { at: number; text: string } | null {
  let found: { at: number; text: string } | null = null;
  let parts = 0;
  changes.iterChanges((from, to, _, __, inserted) => {
    parts += 1;
    found = from === to ? { at: from, text: inserted.toString() } : null;
  });
  return parts === 1 ? found : null;
}

function moved(ghost: Ghost, change: Transaction): Ghost | null {
  if (change.docChanged) {
    const typed = insertion(change.changes);
    if (typed?.at !== ghost.at || !ghost.text.startsWith(typed.text)) return null;
    return { at: ghost.at + typed.text.length, text: ghost.text.slice(typed.text.length) };
  }
  const { main } = change.newSelection;
  return main.empty && main.head === ghost.at ? ghost : null;
}

export const ghostField = StateField.define<Ghost | null>({
  create: () => null,
  update(before, change) {
    let ghost = before === null ? null : moved(before, change);
    for (const effect of change.effects) {
      if (effect.is(put)) ghost = effect.value;
      else if (effect.is(grow) && ghost !== null) ghost = { at: ghost.at, text: ghost.text + effect.value };
    }
    return ghost;
  },
  provide: (field) =>
    EditorView.decorations.from(field, (ghost) =>
      ghost === null || ghost.text === "" ? Decoration.none : Decoration.set(Decoration.widget({ widget: new GhostText(ghost.text), side: 1 }).range(ghost.at)),
    ),
});

class GhostText extends WidgetType {
  private readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override eq(other: GhostText): boolean {
    return other.text === this.text;
  }

  override get lineBreaks(): number {
    return this.text.split("\n").length - 1;
  }

  toDOM(): HTMLElement {
    const shown = document.createElement("span");
    shown.className = "ghost";
    shown.setAttribute("aria-hidden", "true"); // it is announced, and is no part of the text
    shown.textContent = this.text;
    return shown;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

const ghostOf = (view: EditorView): Ghost | null => view.state.field(ghostField, false) ?? null;

/** The first word of a suggestion, with the space before it; a line's end is a word. */
export function firstWord(text: string): string {
  return /^(?:\n[ \t]*|[ \t]*(?:[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+)?)/u.exec(text)?.[0] ?? text;
}

class Asker {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private leaving: AbortController | null = null;
  private readonly view: EditorView;
  private readonly suggester: Suggester;

  constructor(view: EditorView, suggester: Suggester) {
    this.view = view;
    this.suggester = suggester;
  }

  update(update: ViewUpdate): void {
    const ghost = ghostOf(this.view);
    if (ghost === null && (update.startState.field(ghostField, false) ?? null) !== null) {
      this.cancel();
      this.suggester.told({ kind: "off" });
    }
    if (update.docChanged) {
      const typed = update.transactions.some((one) => one.isUserEvent("input") || one.isUserEvent("delete"));
      if (ghost !== null && (ghost.text !== "" || this.leaving !== null)) return; // what is typed is what it says
      this.cancel();
      if (typed && this.suggester.byItself()) this.timer = setTimeout(() => this.ask(), REST);
    } else if (update.selectionSet || (update.focusChanged && !update.view.hasFocus)) {
      clearTimeout(this.timer);
    }
  }

  /** Ends what is under way; nothing of it is shown any more. */
  cancel(): void {
    clearTimeout(this.timer);
    if (this.leaving === null) return;
    this.leaving.abort();
    this.leaving = null;
    this.suggester.told({ kind: "off" });
  }

  ask(): void {
    this.cancel();
    const { state } = this.view;
    const { main } = state.selection;
    if (!main.empty || state.readOnly) return;
    const leaving = new AbortController();
    this.leaving = leaving;
    this.suggester.told({ kind: "asking" });
    this.view.dispatch({ effects: put.of({ at: main.head, text: "" }) });
    void this.follow(state.sliceDoc(0, main.head), state.sliceDoc(main.head), leaving);
  }

  private async follow(before: string, after: string, leaving: AbortController): Promise<void> {
    const begun = performance.now();
    let text = "";
    let first = 0;
    try {
      for await (const more of this.suggester.between(before, after, leaving.signal)) {
        if (leaving.signal.aborted) return;
        if (more === "") continue;
        if (text === "") first = performance.now() - begun;
        text += more;
        this.view.dispatch({ effects: grow.of(more) });
        this.suggester.told({ kind: "shown", text, whole: false, first });
      }
    } catch (why) {
      if (leaving.signal.aborted) return;
      this.view.dispatch({ effects: put.of(null) });
      this.leaving = null;
      this.suggester.told({ kind: "failed", why });
      return;
    }
    if (leaving.signal.aborted) return;
    this.leaving = null;
    const rest = ghostOf(this.view)?.text ?? "";
    if (rest.trim() === "") {
      this.view.dispatch({ effects: put.of(null) });
      this.suggester.told({ kind: text.trim() === "" ? "nothing" : "off" });
      return;
    }
    this.suggester.told({ kind: "shown", text, whole: true, first });
    this.view.dispatch({ effects: EditorView.announce.of(this.suggester.shownAs(rest)) });
  }

  take(whole: boolean): boolean {
    const ghost = ghostOf(this.view);
    if (ghost === null || ghost.text === "") return false;
    const taken = whole ? ghost.text : firstWord(ghost.text);
    const rest = ghost.text.slice(taken.length);
    if (whole) this.cancel();
    const at = ghost.at + taken.length;
    this.view.dispatch({
      changes: { from: ghost.at, insert: taken },
      selection: { anchor: at },
      effects: [put.of(rest === "" ? null : { at, text: rest }), EditorView.announce.of(this.suggester.takenAs(taken))],
      annotations: isolateHistory.of("full"),
      userEvent: "input.complete",
      scrollIntoView: true,
    });
    if (rest === "") this.suggester.told({ kind: "off" });
    return true;
  }

  /** Whether there was something to let go. */
  dismiss(): boolean {
    const shown = ghostOf(this.view) !== null || this.leaving !== null;
    this.cancel();
    if (ghostOf(this.view) !== null) this.view.dispatch({ effects: put.of(null) });
    this.suggester.told({ kind: "off" });
    return shown;
  }

  destroy(): void {
    this.cancel();
  }
}

export interface GhostKeys {
  extension: Extension;
  take: (view: EditorView, whole: boolean) => boolean;
  dismiss: (view: EditorView) => boolean;
  ask: (view: EditorView) => boolean;
}

export function ghost(suggester: Suggester): GhostKeys {
  const plugin = ViewPlugin.define((view) => new Asker(view, suggester));
  const by = (view: EditorView): Asker | null => view.plugin(plugin);
  const take = (view: EditorView, whole: boolean): boolean => by(view)?.take(whole) ?? false;
  const dismiss = (view: EditorView): boolean => by(view)?.dismiss() ?? false;
  const ask = (view: EditorView): boolean => {
    by(view)?.ask();
    return true;
  };
  const keys = keymap.of([
    { key: "Tab", run: (view) => take(view, true) },
    { key: "Ctrl-ArrowRight", run: (view) => take(view, false) },
    { key: "Alt-ArrowRight", run: (view) => take(view, false) },
    { key: "Alt-\\", run: ask },
    { key: "Escape", run: (view) => { dismiss(view); return false; } },
  ]);
  return { extension: [ghostField, plugin, Prec.highest(keys)], take, dismiss, ask };
}
