import { useEffect, useMemo, useRef, useState } from "react";
import { machine } from "../../api/answers";
import { canChat } from "../../api/kinds";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { toast } from "../../parts/Toast";
import { useWide } from "../../parts/useWide";
import { setParams } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { About } from "./About";
import { Actions, type Act, type Refusals } from "./Actions";
import { AllFiles } from "./AllFiles";
import { DialPanel } from "./DialPanel";
import { readDials, seedOf } from "./dials";
import type { Editor, Place } from "./editor/create";
import { beside, isPython, moduleOf, withTests, type CodeFile } from "./files";
import { FileTabs, NameField } from "./FileTabs";
import { GhostBar } from "./GhostBar";
import { Pane } from "./Pane";
import { Results } from "./Results";
import { asked, NOWHERE, scopeOf, testedFunction } from "./scope";
import { saveFile } from "./saving";
import { useDesk } from "./useDesk";
import { useSuggester } from "./useSuggester";
import { useWork, type Of } from "./useWork";

const { code } = text;

/** One function for as long as the screen is there, which does what the last drawing of the screen would. */
function useLast<Arguments extends unknown[]>(does: (...given: Arguments) => void): (...given: Arguments) => void {
  const last = useRef(does);
  useEffect(() => {
    last.current = does;
  });
  return useRef((...given: Arguments) => last.current(...given)).current;
}

function refusalsFor(file: CodeFile, place: Place, tasks: Model, sandbox: boolean): Refusals {
  const refusals: Refusals = {};
  if (!isPython(file.name)) for (const act of ["run", "runTests", "docstring", "tests", "fix"] as const) refusals[act] = code.needsPython;
  else if (!sandbox) for (const act of ["run", "runTests", "tests", "fix"] as const) refusals[act] = `${code.noSandbox} ${code.sandboxCommand}`;
  if (file.tests.trim() === "") for (const act of ["fix", "runTests"] as const) refusals[act] ??= code.needsTests;
  if (testedFunction(place) === null) refusals.tests ??= code.needsFunction;
  if (!canChat(tasks)) refusals.explain = code.needsChat;
  return refusals;
}

export function Bench({ models, suggests, tasks }: { models: readonly Model[]; suggests: Model; tasks: Model }) {
  const desk = useDesk();
  const { file, files } = desk;
  const [dials, setDials] = useKept("code.dials", readDials);
  const { data: here } = useLoaded(machine);
  const [place, setPlace] = useState<Place>(NOWHERE);
  const [editor, setEditor] = useState<Editor | null>(null);
  const [listed, setListed] = useState(false);
  const [last, setLast] = useState<Act | null>(null);
  const { suggester, state, looksBefore } = useSuggester(suggests.id, dials);
  const work = useWork();
  const wide = useWide();
  const python = isPython(file.name);
  const sandbox = here?.sandbox !== false;

  const act = useLast((wanted: Act) => {
    const all = desk.now();
    const now = all.find((one) => one.id === file.id) ?? file;
    const at = editor?.place() ?? place;
    const why = refusalsFor(now, at, tasks, sandbox)[wanted];
    if (why !== undefined) toast(why);
    if (why !== undefined || work.busy) return;
    setLast(wanted);
    const of: Of = { file: now.id, name: now.name, source: now.text };
    const module = moduleOf(now.name);
    const limits = { seconds: dials.seconds, memory_mb: dials.memory };
    const body = { model: tasks.id, code: now.text, seed: seedOf(dials) };
    const drafts = { ...body, module, n: dials.drafts, temperature: dials.heat };
    const scope = scopeOf(at);
    if (wanted === "run") work.run(of, { program: now.text, ...limits });
    else if (wanted === "runTests") work.run(of, { program: now.text, tests: now.tests, module, beside: beside(all, now), ...limits });
    else if (wanted === "tests") work.perform("tests", of, { ...drafts, function: testedFunction(at) });
    else if (wanted === "fix") work.perform("fix", of, { ...drafts, tests: now.tests });
    else if (wanted === "docstring") work.perform("docstring", of, { ...body, ...(scope.kind === "function" ? asked(scope) : {}) });
    else work.perform("explain", of, { ...body, ...asked(scope) });
  });
  const run = useLast(() => act((desk.now().find((one) => one.id === file.id) ?? file).tests.trim() === "" ? "run" : "runTests"));
  const newFile = useLast(() => desk.add([{ name: code.newName, text: "" }]));
  const toEditor = useLast(() => editor?.focus());
  const suggested = useRef<string | null>(null);
  useEffect(() => {
    if (editor === null || desk.begun !== file.id || suggested.current === file.id) return;
    suggested.current = file.id;
    editor.ask();
  }, [editor, desk.begun, file.id]);
  const isAsAsked = (of: Of): boolean => desk.now().find((one) => one.id === of.file)?.text === of.source;
  const taken = (): void => {
    work.leave();
    toast(code.taken);
    editor?.focus();
  };

  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "e", does: code.shortcuts.editor, run: toEditor },
      { keys: "n", does: code.shortcuts.newFile, run: newFile },
      { keys: "Control+Enter", does: code.shortcuts.run, run, whileTyping: true },
      { keys: "x", does: code.shortcuts.explain, run: () => act("explain") },
      { keys: "d", does: code.shortcuts.docstring, run: () => act("docstring") },
      { keys: "t", does: code.shortcuts.writeTests, run: () => act("tests") },
      { keys: "f", does: code.shortcuts.fix, run: () => act("fix") },
      { keys: "Tab", does: code.shortcuts.take },
      { keys: "Control+→", does: code.shortcuts.word },
      { keys: "Alt \\", does: code.shortcuts.ask },
      { keys: "Escape", does: code.shortcuts.dismiss },
    ],
    [act, newFile, run, toEditor],
  );
  useShortcuts(shortcuts);

  const options = models.map((one) => ({ value: one.id, shown: one.id }));
  const dialPanel = <DialPanel dials={dials} onDials={setDials} />;
  return (
    <div className="code-screen">
      <header className="code-head">
        <h1>{code.heading}</h1>
        <div className="code-choices">
          <Select name={code.suggestsBy} value={suggests.id} options={options} onValue={(model) => setParams({ model })} />
          <Select name={code.tasksBy} value={tasks.id} options={options} onValue={(asked) => setParams({ tasks: asked })} />
        </div>
      </header>
      {!desk.kept && <p className="fault" role="alert">{code.full}</p>}
      {!sandbox && (
        <p className="fault" role="status">
          <span>{code.noSandbox}</span> <code>{code.sandboxCommand}</code>
        </p>
      )}
      <div className="code-desk">
        <div className="code-work">
          <FileTabs files={files} file={file} onChoose={desk.choose} onNew={newFile} onOpen={desk.add} onClose={desk.close} onAll={() => setListed(true)}
            onSave={() => saveFile(file)} />
          <Pane className="main" file={file.id} value={file.text} isPython={python} label={code.editorOf(file.name)} hint={code.editorHint} empty={code.emptyEditor}
            suggester={suggester} onValue={(value) => desk.write(file.id, { text: value })} onPlace={setPlace} onRun={run} onEditor={setEditor} />
          <GhostBar state={state} editor={editor} />
          <Actions refusals={refusalsFor(file, place, tasks, sandbox)} busy={work.busy} scope={scopeOf(place)} onAct={act} />
          <Results work={work} again={last === null ? undefined : () => act(last)} isAsAsked={isAsAsked}
            onTake={(of, source) => {
              if (isAsAsked(of)) {
                desk.write(of.file, { text: source });
                taken();
              } else {
                toast(code.changed);
              }
            }}
            onTests={(of, more) => {
              const had = desk.now().find((one) => one.id === of.file)?.tests ?? "";
              desk.write(of.file, { tests: withTests(had, more) });
              taken();
            }} />
          {python && (
            <section className="code-tests" aria-labelledby="code-tests">
              <h2 id="code-tests">{code.tests}</h2>
              <p className="soft small">{code.testsWhy}</p>
              <Pane className="tests" file={file.id} value={file.tests} isPython label={code.testsOf(file.name)} hint={code.testsHint} empty={code.emptyTests}
                onValue={(value) => desk.write(file.id, { tests: value })} onRun={run} />
            </section>
          )}
        </div>
        <aside className="code-beside" aria-label={code.dials}>
          <NameField file={file} files={files} onName={(name) => desk.write(file.id, { name })} />
          <About suggests={suggests} tasks={tasks} looksBefore={looksBefore} />
          {wide ? dialPanel : (
            <details>
              <summary>{code.dials}</summary>
              {dialPanel}
            </details>
          )}
        </aside>
      </div>
      {listed && (
        <AllFiles files={files} here={file.id} onClose={() => setListed(false)} onDelete={desk.forget}
          onChoose={(id) => { desk.choose(id); setListed(false); }} />
      )}
    </div>
  );
}
