import { expect, it } from "vitest";
import { placed, shownRows } from "./rows";

it("puts as many tiles into a row as the width takes, and three into a narrow one", () => {
  expect(placed(340).columns).toBe(3);
  expect(placed(1000)).toEqual({ columns: 7, pitch: (1000 - 6 * 16) / 7 + 46 });
  expect(placed(0).columns).toBe(6);
});

it("shows the rows in sight with some around them, whatever the place", () => {
  expect(shownRows(-500, 900, 150, 300)).toEqual({ first: 0, last: 6 });
  expect(shownRows(15_000, 900, 150, 300)).toEqual({ first: 97, last: 109 });
  expect(shownRows(90_000, 900, 150, 300)).toEqual({ first: 297, last: 300 });
  expect(shownRows(0, 900, 150, 0)).toEqual({ first: 0, last: 0 });
});
