import { describe, expect, it } from "vitest";
import type { Score } from "./midi";
import { fresh, givenIn, idle, isGap, isVoices, NoScore, readGiven, scoreOf, withScore, type Given } from "./scores";

const given = (more: Partial<Given> = {}): Given => ({ name: "tune.mid", content: "TVRoZA==", way: "melody", gap: "", keep: "", ...more });
const file = (content: string, name = "x.mid"): File => new File([content], name);
const score: Score = { notes: [], voices: [], bars: [0, 2, 4, 6], seconds: 8 };

describe("a score that is given", () => {
  it("is told by its beginning, whatever its name says", async () => {
    expect(await scoreOf(file("MThd", "tune.mid"))).toEqual(given());
    for (const known of ["X:1\nK:C", "**kern", '<?xml version="1.0"?>\n<score-partwise version="3.1">']) expect((await scoreOf(file(known))).way).toBe("melody");
    for (const none of ["<svg onload='x'/>", "<html><script>1</script>", "", "RIFF", "plain"]) await expect(scoreOf(file(none))).rejects.toThrow(NoScore);
  });

  it("goes out with the words that its way heeds, and no others", () => {
    const request = { model: "m", seed: 3, key: "Dm", bars: 8, tempo: 90 };
    expect(withScore(request, null)).toBe(request);
    expect(withScore(request, given())).toEqual({ model: "m", seed: 3, key: "Dm", melody: "TVRoZA==" });
    expect(withScore(request, given({ way: "begin" }))).toEqual({ model: "m", seed: 3, bars: 8, begin: "TVRoZA==" });
    expect(withScore(request, given({ way: "fill", gap: "5 - 6", keep: "1, 2" }))).toEqual({ model: "m", seed: 3, fill: "TVRoZA==", gap: "5-6", keep: "1,2" });
    expect([idle(given(), "tempo"), idle(given(), "key"), idle(null, "tempo")]).toEqual([true, false, false]);
  });

  it("comes back from what was kept, and from a request", () => {
    expect(readGiven(given())).toEqual(given());
    for (const none of [null, 3, {}, { ...given(), way: "eat" }]) expect(readGiven(none)).toBeNull();
    expect(givenIn({ fill: "AA", gap: "5", keep: 3 }, "<b>")).toEqual({ name: "<b>", content: "AA", way: "fill", gap: "5", keep: "" });
    expect(givenIn({ key: "Dm" }, "x")).toBeNull();
  });

  it("knows bars and voices", () => {
    expect(["5", "5-6", " 5 - 6 "].every(isGap)).toBe(true);
    expect(["", "0", "6-5", "x", "5-"].some(isGap)).toBe(false);
    expect(["", "1", "1, 2"].every(isVoices)).toBe(true);
    expect(["x", "1;2"].some(isVoices)).toBe(false);
  });

  it("shows what is new", () => {
    expect(fresh(given({ way: "fill", gap: "2-3" }), null, score)).toEqual([2, 6]);
    expect(fresh(given({ way: "fill", gap: "4" }), null, score)).toEqual([6, 8]);
    expect(fresh(given({ way: "begin" }), { ...score, seconds: 4 }, score)).toEqual([4, 8]);
    expect(fresh(given(), score, score)).toBeNull();
  });
});
