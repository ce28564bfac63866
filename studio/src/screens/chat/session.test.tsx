import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { readConversation } from "./conversations";
import { USUAL } from "./dials";
import { pairOf, pathOf } from "./tree";
import { useSession, type Ways } from "./useSession";

const ID = "0123456789ab";
const WAYS: Ways = { mode: "chat", model: "one", beside: "two", form: null, dials: USUAL };
const chunk = (content: string, ending: string | null = null): string => `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: ending, logprobs: null }] })}\n\n`;

/** A server that says this, and then breaks off or waits. */
function serving(says: readonly string[], then: "ends" | "breaks" | "waits"): Record<string, unknown>[] {
  const bodies: Record<string, unknown>[] = [];
  vi.stubGlobal("fetch", (_: string, asked: RequestInit) => {
    bodies.push(JSON.parse(asked.body as string) as Record<string, unknown>);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const one of says) controller.enqueue(new TextEncoder().encode(one));
        if (then === "ends") controller.close();
        if (then === "breaks") controller.error(new TypeError("network error"));
        asked.signal?.addEventListener("abort", () => controller.error(new DOMException("", "AbortError")));
      },
    });
    return Promise.resolve(new Response(stream, { headers: { "x-anew-seed": "7" } }));
  });
  return bodies;
}

afterEach(() => vi.unstubAllGlobals());

it("asks two models the same, from the same seed and dials", async () => {
  const bodies = serving([chunk("Hi"), chunk(" there", "stop"), "data: [DONE]\n\n"], "ends");
  const { result } = renderHook(() => useSession(ID, undefined));
  act(() => result.current.say(null, "Hello", WAYS));
  expect(result.current.writing.size).toBe(2);
  await waitFor(() => expect(result.current.writing.size).toBe(0));
  const [first, second] = bodies;
  expect(typeof first?.["seed"]).toBe("number");
  expect({ ...first, model: "" }).toEqual({ ...second, model: "" });
  expect(bodies.map((one) => one["model"])).toEqual(["one", "two"]);
  const last = pathOf(result.current.held.tree).at(-1);
  expect(last?.model).toBe("one");
  expect(pairOf(result.current.held.tree, last!).map((turn) => [turn.model, turn.text, turn.ending])).toEqual([["one", "Hi there", "stop"], ["two", "Hi there", "stop"]]);
});

it("stops one of two and lets the other write", async () => {
  serving([chunk("Hi")], "waits");
  const { result } = renderHook(() => useSession(ID, undefined));
  act(() => result.current.say(null, "Hello", WAYS));
  const turns = (): [string | undefined, string | undefined][] => pairOf(result.current.held.tree, pathOf(result.current.held.tree).at(-1)!).map((turn) => [turn.model, turn.ending]);
  const [, second] = pairOf(result.current.held.tree, pathOf(result.current.held.tree).at(-1)!);
  act(() => result.current.stop(second!.id));
  await waitFor(() => expect(result.current.writing.size).toBe(1));
  expect(turns()).toEqual([["one", undefined], ["two", "stopped"]]);
  act(() => result.current.stop());
  await waitFor(() => expect(result.current.writing.size).toBe(0));
});

it("keeps what had come when the server goes away, and goes on from there", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  serving([chunk("Half a")], "breaks");
  const { result } = renderHook(() => useSession(ID, undefined));
  act(() => result.current.say(null, "Hello", { ...WAYS, beside: null }));
  vi.useRealTimers();
  await waitFor(() => expect(pathOf(result.current.held.tree).at(-1)?.ending).toBe("broken"));
  window.dispatchEvent(new Event("pagehide"));
  const kept = pathOf(readConversation(ID).tree);
  expect(kept.map((turn) => turn.role)).toEqual(["user", "assistant"]);
  const bodies = serving([chunk("Half a sentence", "stop"), "data: [DONE]\n\n"], "ends");
  act(() => result.current.answer(kept.at(-1)!.parent, { ...WAYS, beside: null }, { given: "Half a", pieces: [] }));
  await waitFor(() => expect(pathOf(result.current.held.tree).at(-1)?.ending).toBe("stop"));
  expect(bodies[0]?.["guided_regex"]).toBe("Half a(?s:.*)");
});
