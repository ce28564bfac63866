import { act, fireEvent, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useDropped } from "./useDropped";

it("hands on what is dropped, says what hangs over the page, and lets other things be", () => {
  const take = vi.fn();
  const { result, unmount } = renderHook(() => useDropped(take));
  const files = [new File(["a"], "a.md"), new File(["b"], "b.md")];
  const dataTransfer = { types: ["Files"], files };
  act(() => void fireEvent.dragOver(document, { dataTransfer }));
  expect(result.current).toBe(true);
  act(() => void fireEvent.drop(document, { dataTransfer }));
  expect(result.current).toBe(false);
  expect(take.mock.calls).toEqual([[files]]);
  act(() => void fireEvent.drop(document, { dataTransfer: { types: ["text/plain"], files: [] } }));
  unmount();
  fireEvent.drop(document, { dataTransfer });
  expect(take).toHaveBeenCalledTimes(1);
});
