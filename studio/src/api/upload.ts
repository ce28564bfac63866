// A form that tells how much of it has arrived, which fetch cannot. The key goes where it always goes: into a header.
import { asFault, Fault, faultOf } from "./fault";
import { key } from "./key";
import { heardFrom, heardNothing, keyWanted } from "./life";

export interface Uploading {
  form: FormData;
  /** From 0 to 1, as it goes; 1 while the server works on what has arrived. */
  onShare: (share: number) => void;
  signal: AbortSignal;
}

function told(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText) as unknown;
  } catch {
    return null;
  }
}

/** The answer's JSON. Fault: in the server's words; stopped where `signal` says so. */
export function upload<Shape>(path: string, { form, onShare, signal }: Uploading): Promise<Shape> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    request.open("POST", path.replace(/^\//, ""));
    const held = key();
    if (held !== null) request.setRequestHeader("authorization", `Bearer ${held}`);
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) onShare(loaded / total);
    };
    request.onload = () => {
      heardFrom();
      if (request.status >= 200 && request.status < 300) {
        done(told(request) as Shape);
        return;
      }
      const fault = faultOf(told(request), request.status, `${request.status} ${request.statusText}`);
      if (fault.kind === "key") keyWanted();
      fail(fault);
    };
    request.onerror = () => {
      heardNothing();
      fail(new Fault("away", ""));
    };
    request.onabort = () => fail(asFault(new DOMException("", "AbortError")));
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    request.send(form);
  });
}
