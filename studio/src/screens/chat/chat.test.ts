import { describe, expect, it } from "vitest";
import { forgetConversation, keepConversation, listConversations, readConversation } from "./conversations";
import { isSeed, readDials, sampled, USUAL } from "./dials";
import { asCurl, asPython, beginsWith, python, requestFor, type Wanted } from "./request";
import { level, spelled } from "./Sure";
import { added, EMPTY, type Turn } from "./tree";
import { ofChat, ofCompletion } from "./writing";
import { modeFor, modelFor } from "./Chat";

const turn = (role: Turn["role"], text: string): Turn => ({ id: text, parent: null, role, text });
const WANTED: Wanted = {
  mode: "chat", model: "tiny", system: "", line: [turn("user", "Hi")], given: "", dials: { ...USUAL, minP: 0 },
};

describe("a request", () => {
  it("says no more than it has to", () => {
    expect(requestFor(WANTED).body).toEqual({ model: "tiny", messages: [{ role: "user", content: "Hi" }], max_tokens: 256, temperature: 0.7 });
  });

  it("has the locked seed and the instructions", () => {
    const { body } = requestFor({ ...WANTED, system: "Be brief.", dials: { ...USUAL, locked: true, seed: "42" } });
    expect(body).toMatchObject({ seed: 42, messages: [{ role: "system" }, { role: "user" }] });
  });

  it("goes on from a chosen piece", () => {
    const line = [turn("user", "def f("), turn("assistant", "x"), turn("user", "):")];
    expect(requestFor({ ...WANTED, mode: "complete", line, given: "\n  y" }).body).toMatchObject({ prompt: "def f(x):\n  y" });
    expect(requestFor({ ...WANTED, given: "1. (a)" }).body).toMatchObject({ guided_regex: "1\\. \\(a\\)(?s:.*)" });
  });

  it("holds any beginning to itself", () => {
    const odd = "a\\b [c] {2} ^$ . | ? * + / - \n\"'";
    expect(new RegExp(`^${beginsWith(odd).replace("(?s:.*)", "")}$`).test(odd)).toBe(true);
  });

  it("is spelled so that a shell and Python read the same", () => {
    const asked = requestFor({ ...WANTED, line: [turn("user", "it's \"5\" \\ $HOME `x`\n")] });
    const curl = asCurl(asked, "http://localhost:8080", true);
    expect(curl).toContain("it'\\''s");
    expect(curl).toContain("$OPENAI_API_KEY");
    expect(asPython(asked, "http://localhost:8080", false)).toContain('api_key="any"');
    expect(python({ a: [true, null, 1.5], b: { c: "d" } })).toBe('{"a": [\n    True,\n    None,\n    1.5,\n], "b": {"c": "d"}}');
  });
});

describe("dials", () => {
  it("are as usual where what was kept is none", () => {
    for (const kept of [null, 3, "x", [], { temperature: 99, topP: "a", topK: -1, length: 1e9 }]) expect(readDials(kept)).toEqual(USUAL);
    expect(readDials({ ...USUAL, temperature: 1.5 }).temperature).toBe(1.5);
  });

  it("know a seed", () => {
    expect(["1", "-3", "281474976710655"].every(isSeed)).toBe(true);
    expect(["", "1.5", "x", "99999999999999999999", "9007199254740993"].some(isSeed)).toBe(false);
    expect(sampled({ ...USUAL, locked: true, seed: "x" })).not.toHaveProperty("seed");
  });
});

describe("an answer's pieces", () => {
  it("are the same of both endpoints", () => {
    const best = [["b", -0.1], ["a", -2]];
    const chat = ofChat({
      choices: [{
        delta: { content: "b" }, finish_reason: null,
        logprobs: { content: [{ token: "b", logprob: -0.1, top_logprobs: [{ token: "a", logprob: -2 }, { token: "b", logprob: -0.1 }] }] },
      }],
    });
    const completion = ofCompletion({
      choices: [{ text: "b", finish_reason: null, logprobs: { tokens: ["b"], token_logprobs: [-0.1], top_logprobs: [{ a: -2, b: -0.1 }] } }],
    });
    expect(chat).toEqual(completion);
    expect(chat.pieces).toEqual([{ text: "b", logprob: -0.1, best }]);
  });

  it("are all there where several are spelled alike", () => {
    const anew = { top: [[{ token: "\ufffd", logprob: -3 }, { token: "\ufffd", logprob: -1 }]] };
    const told = ofCompletion({
      choices: [{ text: "", finish_reason: null, logprobs: { tokens: ["a"], token_logprobs: [-2], top_logprobs: [{ "\ufffd": -1 }], anew } }],
    });
    expect(told.pieces[0]?.best).toEqual([["\ufffd", -1], ["\ufffd", -3]]);
  });

  it("have none in the last chunk, which tells what was used", () => {
    expect(ofChat({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 7 } })).toEqual({ text: "", pieces: [], ending: null, tokens: 7 });
  });

  it("are coloured by how likely they were", () => {
    expect([0, -0.5, -1, -2, -9].map(level)).toEqual([0, 1, 2, 3, 4]);
    expect(level(null)).toBe(0);
    expect([" a", "\n  ", "", "\t", " "].map(spelled)).toEqual(["a", "new line", "end of text", "tab", "space"]);
  });
});

describe("a conversation", () => {
  const id = "0123456789ab";
  it("is there again, and gone when it is forgotten", () => {
    const tree = added(EMPTY, turn("user", "Hello\nthere"));
    expect(keepConversation({ id, system: "s", tree })).toBe(true);
    expect(listConversations()).toMatchObject([{ id, title: "Hello" }]);
    expect(readConversation(id)).toEqual({ id, system: "s", tree });
    forgetConversation(id);
    expect(listConversations()).toEqual([]);
    expect(readConversation(id).tree).toEqual(EMPTY);
  });

  it("is read as far as it is one", () => {
    const kept = { system: 3, tree: { turns: { a: turn("user", "a"), b: { id: "b" }, c: null }, chosen: { "": "a", a: 7 } } };
    expect(readConversation(id, kept)).toEqual({ id, system: "", tree: { turns: { a: turn("user", "a") }, chosen: { "": "a" } } });
    for (const odd of [null, 1, "x", [], { tree: 1 }]) expect(readConversation(id, odd).tree).toEqual(EMPTY);
  });
});

describe("which model", () => {
  const model = (name: string, modality: string, context = 4096) => ({ id: name, created: 0, anew: { modality, context, chats: modality === "text" } });
  const all = [model("stdlib", "code", 256), model("talker", "text")];
  it("is the one asked for, the last one, one that chats", () => {
    expect(modelFor(all, "stdlib", "talker")?.id).toBe("stdlib");
    expect(modelFor(all, undefined, "stdlib")?.id).toBe("stdlib");
    expect(modelFor(all, "gone", "gone too")?.id).toBe("talker");
    expect(modelFor([], undefined, null)).toBeUndefined();
  });

  it("chats or completes by what it learnt", () => {
    expect(all.map((one) => modeFor(one, undefined))).toEqual(["complete", "chat"]);
    expect(modeFor(all[0]!, "chat")).toBe("chat");
  });
});
