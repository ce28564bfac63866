import { describe, expect, it } from "vitest";
import { EventParser, events } from "./events";
import type { Fault } from "./fault";

const answer = (text: string): Response => new Response(text, { headers: { "content-type": "text/event-stream" } });

async function all(text: string): Promise<{ seen: unknown[]; fault: Fault | null }> {
  const seen: unknown[] = [];
  try {
    for await (const one of events(answer(text))) seen.push(one);
    return { seen, fault: null };
  } catch (thrown) {
    return { seen, fault: thrown as Fault };
  }
}

describe("the parser", () => {
  const text = 'event: delta\r\ndata: {"a":1}\r\n\r\n: alive\n\ndata: one\ndata: two\n\ndata:three\n\n';
  const told = [
    { event: "delta", data: '{"a":1}' },
    { event: "message", data: "one\ntwo" },
    { event: "message", data: "three" },
  ];

  it("finds the same events however the text is cut", () => {
    for (let size = 1; size <= text.length; size += 1) {
      const parser = new EventParser();
      const found = [];
      for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
      expect(found, `in pieces of ${size}`).toEqual(told);
    }
  });

  it("keeps to itself what has not ended", () => {
    const parser = new EventParser();
    expect(parser.push("data: half")).toEqual([]);
    expect(parser.push(" and half\n")).toEqual([]);
    expect(parser.push("\n")).toEqual([{ event: "message", data: "half and half" }]);
  });
});

describe("a stream", () => {
  it("ends at [DONE]", async () => {
    expect(await all('data: {"n":1}\n\ndata: [DONE]\n\ndata: {"n":2}\n\n')).toEqual({ seen: [{ n: 1 }], fault: null });
  });

  it("that breaks off says that the server is away, after all that came", async () => {
    const { seen, fault } = await all('data: {"n":1}\n\ndata: {"n":');
    expect(seen).toEqual([{ n: 1 }]);
    expect(fault?.kind).toBe("away");
  });

  it("of pictures ends with the last picture, and with nothing before it", async () => {
    const event = (type: string, index: number, of: number): string => `event: ${type}\ndata: ${JSON.stringify({ type, index, of })}\n\n`;
    const look = event("image_generation.partial_image", 0, 2) + event("image_generation.partial_image", 1, 2);
    const first = event("image_generation.completed", 0, 2);
    const last = event("image_generation.completed", 1, 2);
    const whole = await all(look + first + last);
    expect(whole.fault).toBeNull();
    expect(whole.seen).toHaveLength(4);
    for (const broken of [look, look + first]) expect((await all(broken)).fault?.kind).toBe("away");
  });

  it("of other typed events ends with what is the last of them", async () => {
    const told = (type: string): string => `data: ${JSON.stringify({ type })}\n\n`;
    expect((await all(told("speech.audio.delta") + told("speech.audio.done"))).fault).toBeNull();
    expect((await all(told("response.created") + told("response.incomplete"))).fault).toBeNull();
    expect((await all(told("response.created"))).fault?.kind).toBe("away");
    expect((await all(told("image_edit.completed"))).fault).toBeNull();
  });

  it("passes an error on in the server's words", async () => {
    const { fault } = await all('data: {"error":{"message":"no room; next: anew queue","code":"queue_full","param":null}}\n\n');
    expect(fault).toMatchObject({ kind: "refused", code: "queue_full", message: "no room; next: anew queue" });
    expect(fault?.parts).toEqual({ said: "no room", command: "anew queue" });
  });
});
