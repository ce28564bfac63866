import { expect, it } from "vitest";
import { foundIn, notesOf } from "./png";

const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];
const chunk = (kind: string, body: number[]): number[] => [
  (body.length >> 24) & 255, (body.length >> 16) & 255, (body.length >> 8) & 255, body.length & 255, ...bytes(kind), ...body, 0, 0, 0, 0,
];
const png = (...chunks: number[][]): Uint8Array =>
  new Uint8Array([0x89, ...bytes("PNG\r\n\x1a\n"), ...chunks.flat(), ...chunk("IEND", [])]);
const noted = (text: string): number[] => chunk("iTXt", [...bytes("anew"), 0, 0, 0, 0, 0, ...bytes(text)]);
const line = (text: string): number[] => chunk("tEXt", [...bytes("parameters"), 0, ...bytes(text)]);

it("reads what a picture of anew's says of itself", () => {
  const note = { format: 1, labels: ["ein rotes Herz ♥"], model: "emoji", options: { guidance: 2, solver: "heun", steps: 4 }, seed: 6 };
  expect(foundIn(png(chunk("IHDR", [1]), noted(JSON.stringify(note))))).toEqual({
    model: "emoji", prompt: "ein rotes Herz ♥", guidance: 2, sampler: "heun", steps: 4, seed: 6,
  });
});

it("reads the line that other tools write", () => {
  const told = "a cat, sitting\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 12, Size: 64x64, Model: other";
  expect(foundIn(png(line(told)))).toEqual({ prompt: "a cat, sitting", negative_prompt: "dog", steps: 20, guidance: 7.5, seed: 12, model: "other" });
});

it("finds nothing where there is nothing, or where it is damaged", () => {
  expect(foundIn(new Uint8Array(bytes("<svg onload='x'/>")))).toBeNull();
  expect(foundIn(png())).toBeNull();
  expect(foundIn(png(noted("{half"), line("Steps: 3")))).toBeNull();
  expect(foundIn(png(noted("[]")))).toBeNull();
  expect(notesOf(png(noted("{}")).subarray(0, 20)).size).toBe(0);
  expect(notesOf(new Uint8Array([...png().subarray(0, 8), 255, 255, 255, 255, ...bytes("tEXt"), 0, 0, 0, 0])).size).toBe(0);
});
