import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { readKept, readText, useKept, writeKept } from "./kept";

it("keeps a draft over a reload", () => {
  const first = renderHook(() => useKept("draft", readText));
  act(() => first.result.current[1]("half a sentence"));
  first.unmount();
  expect(renderHook(() => useKept("draft", readText)).result.current[0]).toBe("half a sentence");
});

it("keeps what was typed just before the page goes", () => {
  const { result } = renderHook(() => useKept("draft", readText));
  act(() => result.current[1]("last word"));
  window.dispatchEvent(new Event("pagehide"));
  expect(readKept("draft")).toBe("last word");
});

it("takes what is no JSON, and no text, as nothing", () => {
  localStorage.setItem("anew.draft", "{half");
  expect(readText(readKept("draft"))).toBe("");
  localStorage.setItem("anew.draft", "[1]");
  expect(readText(readKept("draft"))).toBe("");
});

it("says that the browser takes no more", () => {
  const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("", "QuotaExceededError");
  });
  expect(writeKept("draft", "x")).toBe(false);
  full.mockRestore();
});
