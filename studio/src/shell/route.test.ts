import { expect, it } from "vitest";
import { parseRoute, setParams, spellRoute } from "./route";

it("reads an address as it spells it", () => {
  const params = { say: "a & b = c?\n#d", model: "smollm2-135m-instruct" };
  expect(parseRoute(spellRoute("chat", params))).toEqual({ screen: "chat", params });
});

it("takes what is no address as home", () => {
  for (const hash of ["", "#", "#/", "#/<script>", "#//evil.example", "#/../x"]) expect(parseRoute(hash).screen).toBe("home");
});

it("leaves out what is nothing, and is the same whatever the order", () => {
  expect(spellRoute("chat", { b: "1", a: "2", c: null, d: "", e: undefined })).toBe("#/chat?a=2&b=1");
});

it("changes a part of it", () => {
  location.hash = "#/chat?c=1&sure=1";
  setParams({ sure: null, at: "x" });
  expect(location.hash).toBe("#/chat?at=x&c=1");
});
