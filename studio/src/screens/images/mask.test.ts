import { describe, expect, it } from "vitest";
import { beginningOf } from "./Details";
import { readFrom, requestFrom, wayOf } from "./from";
import { blank, changedOutside, dab, marked, pixelsOf, Steps, stroke } from "./mask";
import { kindOf } from "./pictures";

describe("a mask", () => {
  it("is marked by a round brush, within the picture", () => {
    const mask = blank(8, 8);
    dab(mask, { x: 0, y: 0 }, 1, 1);
    expect(marked(mask)).toBe(1);
    dab(mask, { x: 7, y: 7 }, 3, 1);
    expect(marked(mask)).toBe(5); // itself, and of what is round it those that are inside
    dab(mask, { x: 7, y: 7 }, 3, 0);
    expect(marked(mask)).toBe(1);
  });

  it("has strokes without gaps, and steps back", () => {
    const mask = blank(32, 32);
    const steps = new Steps();
    steps.keep(mask);
    stroke(mask, { x: 2, y: 3 }, { x: 30, y: 20 }, 1, 1);
    for (let x = 2; x <= 30; x += 1) expect([...Array(32).keys()].some((y) => mask.cells[y * 32 + x] === 1)).toBe(true);
    steps.back(mask);
    expect([marked(mask), steps.any]).toEqual([0, false]);
    steps.back(mask);
    expect(marked(mask)).toBe(0);
  });

  it("lets the oldest steps go where they grow too many", () => {
    const mask = blank(6000, 6000);
    const steps = new Steps();
    for (let i = 0; i < 3; i += 1) steps.keep(mask);
    steps.back(mask);
    expect(steps.any).toBe(false);
  });

  it("goes to the server transparent where it is marked", () => {
    const mask = blank(2, 1);
    dab(mask, { x: 1, y: 0 }, 1, 1);
    expect([...pixelsOf(mask)]).toEqual([0, 0, 0, 255, 0, 0, 0, 0]);
  });

  it("tells what changed outside of it", () => {
    const mask = blank(2, 1);
    dab(mask, { x: 1, y: 0 }, 1, 1);
    const before = Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 255);
    expect(changedOutside(mask, before, Uint8ClampedArray.of(1, 2, 3, 255, 9, 9, 9, 255))).toBe(0);
    expect(changedOutside(mask, before, Uint8ClampedArray.of(1, 2, 4, 255, 4, 5, 6, 255))).toBe(1);
  });
});

it("goes by a file's first bytes, and by no name", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(kindOf(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))).toBe("image/png");
  expect(kindOf(bytes("RIFF1234WEBPVP8 "))).toBe("image/webp");
  for (const none of ["<svg onload='x'/>", "RIFF1234WAVE", "", "<html>", "%PDF"]) expect(kindOf(bytes(none))).toBeNull();
});

it("asks for variations by a strength, and for what is painted over without one", () => {
  const settings = readFrom({ prompt: " 7 ", n: 2, strength: 0.25, seed: "9" });
  expect(requestFrom("m", "vary", "data:x", settings, 9)).toEqual({ model: "m", prompt: "7", n: 2, seed: 9, image: "data:x", strength: 0.25 });
  expect(requestFrom("m", "paint", "data:x", settings, 9)).not.toHaveProperty("strength");
  expect(readFrom({ n: 900, strength: "x", across: -3 })).toMatchObject({ n: 3, strength: 0.5, across: 5 });
  expect([wayOf("vary"), wayOf("x"), wayOf(undefined)]).toEqual(["vary", "paint", "paint"]);
});

it("shows nothing of a kept request but a picture", () => {
  expect(beginningOf({ image: "data:image/png;base64,AAAA" })).toBe("data:image/png;base64,AAAA");
  for (const image of ["data:image/svg+xml;base64,AAAA", "https://else.where/x.png", "javascript:1", 3, null]) expect(beginningOf({ image })).toBeNull();
});
