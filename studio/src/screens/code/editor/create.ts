// The editor itself: CodeMirror in a shadow root, since there its styles are a constructed sheet, which the page's policy
// allows, and no <style> element, which it forbids.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, isolateHistory, simplifySelection } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, ensureSyntaxTree, indentOnInput, indentUnit } from "@codemirror/language";
import { Compartment, EditorState, Prec, type Extension, type Transaction } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { ghost, LEAVING, type Suggester } from "./ghost";
import { look } from "./look";

const PATIENCE = 50; // milliseconds for the syntax tree of a whole file

export interface FoundFunction {
  /** As `Class.method` is called; with the lines that it stands on. */
  name: string;
  first: number;
  last: number;
}

/** Where the reader is: lines are counted from 1; `selected` where some are. */
export interface Place {
  line: number;
  functions: readonly FoundFunction[];
  selected: readonly [number, number] | null;
}

export interface Wanted {
  label: string;
  hint: string;
  empty: string;
  file: string;
  text: string;
  isPython: boolean;
  suggester: Suggester | null;
  typed: (text: string) => void;
  placed: (place: Place) => void;
  run: () => void;
}

export interface Editor {
  text: () => string;
  /** Another file, with its own steps to take back. */
  show: (file: string, text: string, isPython: boolean, label: string) => void;
  /** As one step that can be taken back. */
  become: (text: string) => void;
  place: () => Place;
  focus: () => void;
  take: (whole: boolean) => void;
  dismiss: () => void;
  ask: () => void;
  forget: (file: string) => void;
  destroy: () => void;
}

/** The functions of a file of Python that has been read as a tree. */
export function functionsOf(state: EditorState): FoundFunction[] {
  const tree = ensureSyntaxTree(state, state.doc.length, PATIENCE);
  const found: FoundFunction[] = [];
  const around: { name: string; to: number }[] = [];
  tree?.iterate({
    enter(node) {
      if (node.name !== "FunctionDefinition" && node.name !== "ClassDefinition") return;
      const named = node.node.getChild("VariableName");
      if (named === null) return;
      while ((around.at(-1)?.to ?? Infinity) <= node.from) around.pop();
      const name = [...around.map((one) => one.name), state.sliceDoc(named.from, named.to)].join(".");
      around.push({ name: state.sliceDoc(named.from, named.to), to: node.to });
      if (node.name === "FunctionDefinition") {
        const end = state.doc.lineAt(node.to); // a tree's function ends where the next line begins
        found.push({ name, first: state.doc.lineAt(node.from).number, last: end.from === node.to ? end.number - 1 : end.number });
      }
    },
  });
  return found;
}

function placeOf(state: EditorState, isPython: boolean): Place {
  const { main } = state.selection;
  const lines = [main.from, main.to].map((at) => state.doc.lineAt(at).number);
  const [first = 1, last = 1] = lines;
  return { line: state.doc.lineAt(main.head).number, functions: isPython ? functionsOf(state) : [], selected: main.empty ? null : [first, last] };
}

/** The one change between two texts, so that the cursor stays where it can. */
function changeTo(before: string, after: string): { from: number; to: number; insert: string } {
  let from = 0;
  const least = Math.min(before.length, after.length);
  while (from < least && before[from] === after[from]) from += 1;
  let back = 0;
  while (back < least - from && before[before.length - 1 - back] === after[after.length - 1 - back]) back += 1;
  return { from, to: before.length - back, insert: after.slice(from, after.length - back) };
}

/** Spaces up to the next stop. */
function insertTab(view: EditorView): boolean {
  const { head } = view.state.selection.main;
  const column = head - view.state.doc.lineAt(head).from;
  view.dispatch(view.state.replaceSelection(" ".repeat(4 - (column % 4))), { userEvent: "input.indent", scrollIntoView: true });
  return true;
}

const tab = [
  { key: "Tab", run: (view: EditorView) => (view.state.selection.main.empty ? insertTab(view) : indentMore(view)) },
  { key: "Shift-Tab", run: indentLess },
];

/** Tab indents, so that the keyboard needs another way out: Escape, and then Tab goes on to what comes behind. */
const leaving = {
  key: "Escape",
  run: (view: EditorView) => {
    simplifySelection(view);
    view.setTabFocusMode(LEAVING);
    return true;
  },
};

/** What is typed becomes a change here, before the browser makes one: that writes styles into elements where it replaces
 * what is coloured, which the page's policy forbids. What is being composed stays the browser's. */
const typing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { data, inputType, isComposing } = event;
    if (inputType !== "insertText" || data === null || isComposing || view.composing || view.state.readOnly) return false;
    const { from, to } = view.state.selection.main;
    const insert = (): Transaction => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
    if (!view.state.facet(EditorView.inputHandler).some((handles) => handles(view, from, to, data, insert))) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});

/** One quote closes one quote: closing three of them at the first leaves two that somebody types too many. */
const closing = EditorState.languageData.of(() => [{ closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } }]);

const HINT = "hint";

export function createEditor(host: HTMLElement, wanted: Wanted): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const hint = document.createElement("div");
  hint.id = HINT;
  hint.hidden = true; // read out as what describes the editor, and shown by the page itself
  hint.textContent = wanted.hint;
  root.append(hint);
  const keys = wanted.suggester === null ? null : ghost(wanted.suggester);
  let isPython = wanted.isPython;
  let file = wanted.file;
  const language = new Compartment();
  const naming = new Compartment();
  let { label } = wanted;
  const named = (): Extension => EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": HINT, autocapitalize: "off", tabindex: "0" });
  const spoken = (): Extension => (isPython ? python() : []);
  const states = new Map<string, EditorState>();
  let placing: ReturnType<typeof setTimeout> | undefined;
  const tellPlace = (): void => wanted.placed(placeOf(view.state, isPython));

  const extensions = (): Extension[] => [
    keys?.extension ?? [],
    Prec.high(keymap.of([{ key: "Mod-Enter", run: () => { wanted.run(); return true; } }])),
    lineNumbers(), history(), highlightActiveLine(), highlightActiveLineGutter(), bracketMatching(), closeBrackets(), closing, typing,
    indentOnInput(), indentUnit.of("    "), EditorState.tabSize.of(4),
    language.of(spoken()),
    keymap.of([leaving, ...closeBracketsKeymap, ...tab, ...defaultKeymap, ...historyKeymap]),
    naming.of(named()),
    placeholder(wanted.empty),
    look,
    EditorView.updateListener.of((update) => {
      if (update.docChanged) wanted.typed(update.state.doc.toString());
      if (update.docChanged || update.selectionSet) {
        clearTimeout(placing);
        placing = setTimeout(tellPlace, 120);
      }
    }),
  ];
  const fresh = (text: string): EditorState => EditorState.create({ doc: text, extensions: extensions(), selection: { anchor: text.length } });
  const view = new EditorView({ state: fresh(wanted.text), parent: root, root });
  tellPlace();

  return {
    text: () => view.state.doc.toString(),
    show(next, text, speaksPython, called) {
      keys?.dismiss(view);
      isPython = speaksPython;
      label = called;
      if (next !== file) {
        states.set(file, view.state);
        file = next;
        const before = states.get(next);
        view.setState(before?.doc.toString() === text ? before : fresh(text));
      }
      view.dispatch({ effects: [language.reconfigure(spoken()), naming.reconfigure(named())] });
      tellPlace();
    },
    become(text) {
      view.dispatch({ changes: changeTo(view.state.doc.toString(), text), annotations: isolateHistory.of("full"), userEvent: "take" });
    },
    place: () => placeOf(view.state, isPython),
    focus: () => view.focus(),
    take(whole) {
      keys?.take(view, whole);
      view.focus();
    },
    dismiss() {
      keys?.dismiss(view);
      view.focus();
    },
    ask() {
      view.focus();
      keys?.ask(view);
    },
    forget: (gone) => void states.delete(gone),
    destroy() {
      clearTimeout(placing);
      view.destroy();
    },
  };
}
