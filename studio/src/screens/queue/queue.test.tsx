import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Batch, Job, JobEvent, Queue as Queued } from "../../api/queue";
import { pastOf } from "./Lately";
import { named } from "./named";
import { Queue, runs } from "./Queue";
import { shareOf } from "./TrainingRow";

const NONE: Queued = {
  object: "queue", models: [], admitted: 0, yours: 0, bound: 256, requests: [], sequence_bytes: 0, sequence_bytes_in_all: 100,
  jobs: [], jobs_at_once: 1, batches: [],
};
const job = { id: "ftjob-1", model: "stdlib", status: "running", created_at: 0, estimated_finish: null, ahead: 0 };
const event = (data: JobEvent["data"]): JobEvent => ({ id: "e", created_at: 0, level: "info", message: "m", data });

let asked: string[] = [];
let answers: Record<string, () => Response> = {};

beforeEach(() => {
  location.hash = "#/queue";
  asked = [];
  answers = { "v1/anew/queue": () => Response.json(NONE) };
  vi.stubGlobal("fetch", (path: string, { method = "GET" }: RequestInit = {}) => {
    asked.push(`${method} ${path}`);
    return Promise.resolve(answers[path]?.() ?? Response.json({ data: [], has_more: false }));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("what is told", () => {
  it("names what is asked, and leaves what it does not know as it is", () => {
    expect([named("/v1/images/generations"), named("/v1/anew/tasks/fix"), named("/v1/new")]).toEqual(["Pictures", "Task: fix", "/v1/new"]);
  });

  it("knows how far a training is by the newest figures", () => {
    expect(shareOf([event(null), event({ step: 30, total_steps: 60 }), event({ step: 20, total_steps: 60 })])).toEqual({ step: 30, of: 60 });
    expect(shareOf([event(null), event({ step: 30, total_steps: null })])).toBeNull();
  });

  it("runs while anything of anybody is under way, a paused training left out", () => {
    expect([runs(undefined), runs(NONE), runs({ ...NONE, admitted: 1 }), runs({ ...NONE, jobs: [{ ...job, status: "paused" }] })]).toEqual([false, false, true, false]);
  });

  it("puts the last that ended first", () => {
    const ended = (at: number) => ({ id: `j${at}`, finished_at: at }) as unknown as Job;
    const done = { id: "b", completed_at: 2, failed_at: null, expired_at: null, cancelled_at: null } as unknown as Batch;
    expect(pastOf([ended(1), ended(3), { ...ended(9), finished_at: null }], [done]).map(({ at }) => at)).toEqual([3, 2, 1]);
  });
});

it("says that nothing runs, and asks again only while it is looked at", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const pass = (milliseconds: number) => act(async () => { await vi.advanceTimersByTimeAsync(milliseconds); });
  const hide = (hidden: boolean): void => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  render(<Queue />);
  expect(await screen.findByText("Nothing waits and nothing runs.")).toBeTruthy();
  expect(asked).toHaveLength(1);
  await pass(5100);
  expect(asked).toHaveLength(2);
  act(() => hide(true));
  await pass(60_000);
  expect(asked).toHaveLength(2);
  act(() => hide(false));
  await pass(100);
  expect(asked).toHaveLength(3);
});

it("ends a request, and cancels a training once that is confirmed", async () => {
  const request = { id: "r1", address: "/v1/audio/speech", model: null, began_at: 0, seconds: 3 };
  answers["v1/anew/queue"] = () => Response.json({ ...NONE, requests: [request], jobs: [job], admitted: 1, yours: 1 });
  render(<Queue />);
  await userEvent.click(await screen.findByRole("button", { name: "Cancel: Speech" }));
  await waitFor(() => expect(asked).toContain("DELETE v1/anew/queue/requests/r1"));
  await userEvent.click(screen.getByRole("button", { name: "Cancel: Training stdlib" }));
  expect(asked.some((one) => one.startsWith("POST"))).toBe(false);
  await userEvent.click(screen.getByRole("button", { name: "Cancel the training" }));
  await waitFor(() => expect(asked).toContain("POST v1/fine_tuning/jobs/ftjob-1/cancel"));
});

it("says why something failed in the server's words", async () => {
  location.hash = "#/queue?tab=lately";
  const failed = { ...job, status: "failed", finished_at: 5, fine_tuned_model: null, error: { message: "line 3: <b>no row</b>" } };
  answers["v1/fine_tuning/jobs?limit=50"] = () => Response.json({ data: [failed], has_more: false });
  render(<Queue />);
  expect(await screen.findByText("line 3: <b>no row</b>")).toBeTruthy();
});

it("tells who may not read the log that it is not for them", async () => {
  location.hash = "#/queue?tab=log";
  answers[`v1/anew/audit?limit=50&before=${Number.MAX_SAFE_INTEGER}`] = () => Response.json({ error: { message: "this key lacks the scope 'admin'" } }, { status: 403 });
  render(<Queue />);
  expect(await screen.findByText("The log is for administrators of this server.")).toBeTruthy();
  expect(screen.getByText(/lacks the scope/)).toBeTruthy();
});
