import { expect, it } from "vitest";
import { between, classesOf, fit, following, formOf, latentAt, nearest, placeOf, readPlace, readView, spellPlace, spellView, toPlace, toScreen, zoomed, type Place } from "./mapping";

const SIZE = { width: 400, height: 200 };
const PLACES: Place[] = [[-2, 0], [2, 1], [0, -1]];

it("shows all places, and finds each again", () => {
  const view = fit(PLACES, SIZE);
  for (const place of PLACES) {
    const [left, top] = toScreen(place, view, SIZE);
    expect(left > 0 && left < 400 && top > 0 && top < 200).toBe(true);
    const back = toPlace([left, top], view, SIZE);
    expect(back[0]).toBeCloseTo(place[0]);
    expect(back[1]).toBeCloseTo(place[1]);
  }
  expect(toScreen([0, 1], view, SIZE)[1]).toBeLessThan(toScreen([0, -1], view, SIZE)[1]);
});

it("zooms about a place, within bounds", () => {
  const view = fit(PLACES, SIZE);
  const before = toScreen([1, 0.5], view, SIZE);
  const after = toScreen([1, 0.5], zoomed(view, 2, [1, 0.5], view), SIZE);
  expect(after[0]).toBeCloseTo(before[0]);
  expect(after[1]).toBeCloseTo(before[1]);
  expect(zoomed(view, 1e9, [0, 0], view).scale).toBeLessThan(view.scale * 100);
});

it("follows what is pointed at", () => {
  const view = fit(PLACES, SIZE);
  expect(following(view, [0, 0], SIZE)).toEqual(view);
  const [left] = toScreen([9, 0], following(view, [9, 0], SIZE), SIZE);
  expect(left).toBeLessThan(400);
});

it("goes from places to latents and back", () => {
  const map = { space: "codec" as const, shape: [3], mean: [1, 2, 3], axes: [[1, 0, 0], [0, 0.6, 0.8]], places: [], labels: [], origins: [], variance: 1 };
  const latent = latentAt(map, [2, -1]);
  expect(latent).toEqual([3, 1.4, 2.2]);
  expect(placeOf(map, latent)[0]).toBeCloseTo(2);
  expect(placeOf(map, latent)[1]).toBeCloseTo(-1);
});

it("tells of classes what the picture shows", () => {
  const places: [number, number][] = [[0, 0], [2, 0], [10, 0], [3, 0]];
  const classes = classesOf({ places, labels: ["10", "10", "2", null] });
  expect(classes.map((one) => one.label)).toEqual(["2", "10"]);
  expect(classes[1]).toMatchObject({ count: 2, middle: [1, 0], spread: 1, near: "2" });
  expect(nearest(places, [2.6, 0], 2)).toEqual([3, 1]);
  expect(between([0, 0], [1, 2], 3)).toEqual([[0, 0], [0.5, 1], [1, 2]]);
  expect(new Set(Array.from({ length: 10 }, (_, i) => formOf(i))).size).toBe(10);
  expect(formOf(10)).not.toBe(formOf(0));
});

it("spells places and views", () => {
  expect(readPlace(spellPlace([1.234, -5]))).toEqual([1.23, -5]);
  for (const wrong of [undefined, "", "1", "1,x", "1,2,3"]) expect(readPlace(wrong)).toBeNull();
  expect(readView(spellView({ x: 1, y: 2, scale: 30 }))).toEqual({ x: 1, y: 2, scale: 30 });
  for (const wrong of [undefined, "1,2", "1,2,0", "a,b,c"]) expect(readView(wrong)).toBeNull();
});
