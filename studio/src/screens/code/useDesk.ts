// The files on the desk and which of them lies open, as the address and the browser have it.
import { useCallback, useEffect, useRef, useState } from "react";
import { toast } from "../../parts/Toast";
import { setParams, useRoute } from "../../shell/route";
import { text } from "../../text";
import { added, newId, type CodeFile } from "./files";
import { useFiles } from "./useFiles";

const { code } = text;

export interface Desk {
  files: readonly CodeFile[];
  file: CodeFile;
  kept: boolean;
  /** The file that another screen began, which waits for its first suggestion. */
  begun: string | null;
  now: () => readonly CodeFile[];
  choose: (id: string) => void;
  write: (id: string, more: Partial<Pick<CodeFile, "text" | "tests" | "name">>) => void;
  add: (files: readonly { name: string; text: string }[]) => void;
  close: (id: string) => void;
  forget: (id: string) => void;
}

const first = (): CodeFile[] => added([], code.firstName, code.firstText);

export function useDesk(): Desk {
  const { params } = useRoute();
  const { files, kept, now, change } = useFiles(first);
  const named = files.find((one) => one.name === params["file"]);
  const file = named ?? files.find((one) => one.open) ?? files[0];
  if (file === undefined) throw new Error("the desk is never empty");
  const missing = params["file"] !== undefined && named === undefined ? params["file"] : null;
  const say = params["say"];
  const said = useRef(false);
  const [begun, setBegun] = useState<string | null>(null);

  useEffect(() => {
    if (missing !== null) toast(code.noSuchFile(missing));
  }, [missing]);
  useEffect(() => {
    if (params["file"] !== file.name && say === undefined) setParams({ file: file.name });
  }, [params, file.name, say]);
  useEffect(() => {
    if (!file.open) change((all) => all.map((one) => (one.id === file.id ? { ...one, open: true } : one)));
  }, [file.id, file.open, change]);

  const add = useCallback<Desk["add"]>(
    (more) => {
      let last = "";
      change((all) => more.reduce<readonly CodeFile[]>((so, one) => {
        const next = added(so, one.name, one.text, newId());
        last = next.at(-1)?.name ?? "";
        return next;
      }, all));
      setParams({ file: last, say: null }, false);
    },
    [change],
  );
  useEffect(() => {
    // What another screen begins is a file of its own; once, however often the address is read.
    if (say === undefined || said.current) return;
    said.current = true;
    const id = newId();
    let name = code.newName;
    change((all) => {
      const next = added(all, code.newName, say, id);
      name = next.at(-1)?.name ?? name;
      return next;
    });
    setParams({ file: name, say: null });
    setBegun(id);
  }, [say, change]);

  const choose = useCallback(
    (id: string) => {
      const chosen = files.find((one) => one.id === id);
      if (chosen !== undefined) setParams({ file: chosen.name }, false);
    },
    [files],
  );
  const write = useCallback<Desk["write"]>(
    (id, more) => {
      change((all) => all.map((one) => (one.id === id ? { ...one, ...more } : one)));
      if (more.name !== undefined) setParams({ file: more.name });
    },
    [change],
  );
  /** Without one: another that is open takes its place, else a new one. */
  const leave = (id: string, how: (all: readonly CodeFile[]) => readonly CodeFile[]): void => {
    const next = files.find((one) => one.id !== id && one.open);
    change((all) => {
      const left = how(all);
      return next === undefined ? added(left, code.newName, "") : left;
    });
    if (id === file.id) setParams({ file: next?.name ?? null });
  };
  const close = (id: string): void => leave(id, (all) => all.map((one) => (one.id === id ? { ...one, open: false } : one)));
  const forget = (id: string): void => {
    const gone = files.find((one) => one.id === id);
    leave(id, (all) => all.filter((one) => one.id !== id));
    if (gone !== undefined) toast(code.deleted(gone.name));
  };
  return { files, file, kept, begun, now, choose, write, add, close, forget };
}
