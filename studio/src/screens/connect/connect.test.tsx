import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { key, setKey } from "../../api/key";
import { askable } from "./abilities";
import { CLIENTS, type Ability } from "./clients";
import { Connect } from "./Connect";
import { askedOf, boundOf, readDraft } from "./draft";
import { modelFor } from "./Programs";

const serves = (id: string, modality: string, more: object = {}) => ({ id, created: 0, anew: { modality, ...more } });
const SERVED = [
  serves("emoji", "image"), serves("voice", "audio"), serves("voice", "speech", { does: "speak" }), serves("stdlib", "code"),
  serves("talker", "text", { context: 8192, chats: true }), serves("minilm", "text", { context: null }), serves("ear", "speech", { does: "hear" }),
  serves("vocoder", "audio", { does: "encode" }),
];

describe("snippets", () => {
  const every = CLIENTS.flatMap((client) => client.can.map((ability) => ({ client, ability })));
  it("have this server's address and the model in them, and no key", () => {
    for (const { client, ability } of every) {
      for (const keyed of [false, true]) {
        const about = { origin: "http://here:1", base: "http://here:1/v1", model: "some-model", ability, keyed };
        const all = client.steps(about).map((step) => step.code).join("\n");
        expect(all, client.id).toContain("http://here:1");
        if (client.id !== "sillytavern" && client.id !== "openwebui") expect(all, client.id).toContain("some-model");
        expect(all, client.id).not.toMatch(/sk-/);
        if (keyed) expect(all, client.id).not.toMatch(/\bany\b/);
        expect(client.steps(about).every((step) => step.where !== "")).toBe(true);
      }
    }
  });

  it("are for models that suit", () => {
    const all = askable(SERVED);
    expect(Object.fromEntries(all.map(({ name, ability }) => [name, ability]))).toEqual(
      { emoji: "image", voice: "speech", stdlib: "code", talker: "chat", minilm: "vectors" } satisfies Record<string, Ability>,
    );
    const langchain = CLIENTS.find(({ id }) => id === "langchain")!;
    expect(modelFor(all, undefined, langchain)?.name).toBe("talker");
    expect(modelFor(all, "emoji", langchain)?.name).toBe("emoji");
  });
});

it("makes a request of what was typed, or says that it is no number", () => {
  const draft = { ...readDraft(null), name: " laptop ", perDay: "200,000", expires: "30d" };
  expect(askedOf(draft)).toEqual({ name: "laptop", scopes: ["read", "generate", "files", "train"], expires: "30d", tokens_per_day: 200_000 });
  expect(askedOf({ ...draft, perMinute: "many" })).toBeNull();
  expect([boundOf(""), boundOf("0"), boundOf("-1"), boundOf("1 000")]).toEqual([undefined, null, null, 1000]);
  expect(readDraft({ scopes: ["admin", "root"], expires: "9y", name: 3 })).toMatchObject({ scopes: ["admin"], expires: "", name: "" });
});

const SECRET = `sk-anew-0123456789ab-${"0".repeat(64)}`;
const one = {
  id: "0123456789ab", name: "laptop", tenant: "laptop", scopes: ["read"], state: "active", created_at: 0, expires_at: null, revoked_at: null,
  requests_per_minute: null, tokens_per_day: 100, tokens_today: 40,
};
let me: { key: string | null; scopes: string[]; tenant: string } = { key: null, scopes: ["read", "admin"], tenant: "local" };
let asked: { path: string; method: string; body: unknown }[] = [];
let made: () => Response = () => Response.json({ ...one, key: SECRET });

beforeEach(() => {
  location.hash = "#/connect?tab=keys";
  me = { key: null, scopes: ["read", "admin"], tenant: "local" };
  asked = [];
  made = () => Response.json({ ...one, key: SECRET });
  vi.stubGlobal("fetch", (path: string, { method = "GET", body }: RequestInit = {}) => {
    asked.push({ path, method, body: typeof body === "string" ? JSON.parse(body) : null });
    if (path === "v1/anew/whoami") return Promise.resolve(Response.json(me));
    if (path === "v1/models") return Promise.resolve(Response.json({ data: SERVED }));
    if (method === "POST") return Promise.resolve(made());
    if (path === "v1/anew/keys") return Promise.resolve(Response.json({ data: me.key === null ? [] : [one] }));
    return Promise.resolve(Response.json(one));
  });
});
afterEach(() => {
  setKey(null);
  vi.unstubAllGlobals();
});

it("warns before the first key closes the door, takes it up in this tab, and keeps it nowhere else", async () => {
  render(<Connect />);
  await userEvent.click(await screen.findByRole("button", { name: "Make a key" }));
  expect(screen.getByText(/This is the first key/)).toBeTruthy();
  const admin = screen.getByRole<HTMLInputElement>("checkbox", { name: /^admin/ });
  expect(admin.checked).toBe(true);
  await userEvent.click(admin);
  expect(screen.getByText(/Without the right admin/)).toBeTruthy();
  await userEvent.click(admin);
  await userEvent.type(screen.getByLabelText("Name"), "laptop");
  await userEvent.click(screen.getAllByRole("button", { name: "Make a key" }).at(-1)!);
  expect(await screen.findByText(SECRET)).toBeTruthy();
  expect(key()).toBe(SECRET);
  expect(JSON.stringify(localStorage)).not.toContain("sk-");
  await userEvent.click(screen.getByRole("button", { name: "I have it" }));
  expect(screen.queryByText(SECRET)).toBeNull();
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ name: "laptop", scopes: ["read", "generate", "files", "train", "admin"] });
});

it("shows at its field what the server refuses", async () => {
  me = { key: "--api-key", scopes: ["read", "admin"], tenant: "local" };
  made = () => Response.json({ error: { message: "name: letters, digits", param: "name" } }, { status: 400 });
  render(<Connect />);
  await userEvent.click(await screen.findByRole("button", { name: "Make a key" }));
  await userEvent.type(screen.getByLabelText("Name"), "!");
  await userEvent.click(screen.getAllByRole("button", { name: "Make a key" }).at(-1)!);
  await waitFor(() => expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBe("true"));
  expect(screen.getByText("name: letters, digits")).toBeTruthy();
});

it("shows use and bound, and takes a key back once that is confirmed", async () => {
  me = { key: one.id, scopes: ["read", "admin"], tenant: "local" };
  render(<Connect />);
  expect(await screen.findByText("40 of 100")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Take back laptop" }));
  expect(screen.getByText(/This tab uses it/)).toBeTruthy();
  expect(asked.some(({ method }) => method === "DELETE")).toBe(false);
  await userEvent.click(screen.getByRole("button", { name: "Take back" }));
  await waitFor(() => expect(asked.some(({ method, path }) => method === "DELETE" && path === "v1/anew/keys/0123456789ab")).toBe(true));
});

it("tells who is no administrator what their own key may", async () => {
  me = { key: "ab", scopes: ["read"], tenant: "guest" };
  render(<Connect />);
  expect(await screen.findByText(/Keys are made by an administrator/)).toBeTruthy();
  expect(screen.getByText(/see models, figures/)).toBeTruthy();
  expect(asked.some(({ path }) => path === "v1/anew/keys")).toBe(false);
});

it("names no key but a variable where one is needed", async () => {
  location.hash = "#/connect?client=curl&model=stdlib";
  me = { key: "ab", scopes: ["read"], tenant: "guest" };
  setKey(SECRET);
  const { container } = render(<Connect />);
  expect((await screen.findAllByText(/asks for your key/)).length).toBeGreaterThan(0);
  expect(container.textContent).toContain("$OPENAI_API_KEY");
  expect(container.textContent).not.toContain("sk-");
});
