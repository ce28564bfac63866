import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { edited, keepPath, BLANK, loadPath, textAt, versionOf } from "./path";
import { usePath } from "./usePath";

const ID = "0123456789ab";
const delta = (words: string, answer = 0): string => `data: ${JSON.stringify({ type: "delta", answer, delta: words })}\n\n`;

function serving(says: readonly string[], then: "ends" | "breaks" | "waits"): Record<string, unknown>[] {
  const bodies: Record<string, unknown>[] = [];
  vi.stubGlobal("fetch", (_: string, asked: RequestInit) => {
    bodies.push(JSON.parse(asked.body as string) as Record<string, unknown>);
    let at = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const next = says[at++];
        if (next !== undefined) controller.enqueue(new TextEncoder().encode(next));
        else if (then === "ends") controller.close();
        else if (then === "breaks") controller.error(new TypeError("network error"));
        return next === undefined && then === "waits" ? new Promise<void>(() => undefined) : undefined;
      },
    }, { highWaterMark: 0 });
    asked.signal?.addEventListener("abort", () => undefined);
    return Promise.resolve(new Response(stream));
  });
  return bodies;
}

afterEach(() => vi.unstubAllGlobals());

it("makes a step of what stands before it, and keeps the versions", async () => {
  keepPath(ID, edited({ ...BLANK, topic: "Bees" }, "outline", "# T\n## One"));
  const result = { type: "result", task: "draft", model: "tiny", seed: 3, text: "# T\n\n## One\n\nwords", result: {} };
  const bodies = serving([delta("wor"), delta("ds"), `data: ${JSON.stringify(result)}\n\n`, "data: [DONE]\n\n"], "ends");
  const { result: shown, unmount } = renderHook(() => usePath(ID));
  await act(() => shown.current.make("draft", "tiny"));
  expect(bodies[0]).toMatchObject({ model: "tiny", stream: true, outline: { title: "T", sections: [{ heading: "One", points: [] }] } });
  expect(textAt(shown.current.path, "draft")).toBe("# T\n\n## One\n\nwords");
  await act(() => shown.current.make("draft", "tiny"));
  expect(shown.current.path.stages.draft.versions).toHaveLength(2);
  unmount();
  expect(loadPath(ID).stages.draft.versions).toHaveLength(2);
});

it("keeps what had come when the server goes away, and says so", async () => {
  keepPath(ID, { ...BLANK, topic: "Bees" });
  serving([delta('{"title": "On bees", "sec')], "breaks");
  const { result } = renderHook(() => usePath(ID));
  await act(() => result.current.make("outline", "tiny"));
  await waitFor(() => expect(result.current.making).toBeNull());
  expect(versionOf(result.current.path.stages.outline)).toMatchObject({ text: "# On bees", ending: "broken" });
  expect(result.current.fault?.fault.kind).toBe("away");
});
