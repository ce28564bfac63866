import { afterEach, expect, it, vi } from "vitest";
import { ask, json } from "./call";
import type { Fault } from "./fault";
import { setKey } from "./key";
import { keyGiven, lifeNow } from "./life";

const answers = (answer: () => Promise<Response>) => {
  const spy = vi.fn<(path: string, init?: RequestInit) => Promise<Response>>(answer);
  vi.stubGlobal("fetch", spy);
  return spy;
};
const failed = (asked: Promise<unknown>): Promise<Fault> => asked.then(() => expect.fail("it did not fail"), (thrown: unknown) => thrown as Fault);

afterEach(() => {
  vi.unstubAllGlobals();
  keyGiven();
});

it("sends a key as a header and never in the address", async () => {
  setKey("sk-secret");
  const spy = answers(() => Promise.resolve(Response.json({ data: [] })));
  await json("/v1/models");
  const [address, init] = spy.mock.calls[0]!;
  expect(address).toBe("v1/models");
  expect(new Headers(init?.headers).get("authorization")).toBe("Bearer sk-secret");
  expect(JSON.stringify(Object.entries(localStorage))).not.toContain("secret");
});

it("asks for a key where the server wants one", async () => {
  answers(() => Promise.resolve(Response.json({ error: { message: "a key", code: "invalid_api_key" } }, { status: 401 })));
  const fault = await failed(ask("/v1/models"));
  expect(fault).toMatchObject({ kind: "key", status: 401, message: "a key" });
  expect(lifeNow().wantsKey).toBe(true);
});

it("says that no answer came", async () => {
  answers(() => Promise.reject(new TypeError("Failed to fetch")));
  expect((await failed(ask("/v1/models"))).kind).toBe("away");
});

it("says that the asker has left", async () => {
  answers(() => Promise.reject(new DOMException("", "AbortError")));
  expect((await failed(ask("/v1/models"))).kind).toBe("stopped");
});

it("tells when to come again", async () => {
  answers(() => Promise.resolve(new Response("{}", { status: 429, headers: { "retry-after": "7" } })));
  expect(await failed(ask("/v1/models"))).toMatchObject({ status: 429, retryAfter: 7 });
});
