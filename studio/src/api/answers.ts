// The addresses that several screens ask.
import { json } from "./call";
import type { CreationList, Machine, ModelList, Runs, Speed } from "./shapes";

export const models = (signal: AbortSignal): Promise<ModelList> => json("/v1/models", { signal });
export const machine = (signal: AbortSignal): Promise<Machine> => json("/v1/anew/machine", { signal });
export const speed = (signal: AbortSignal): Promise<Speed> => json("/v1/anew/machine/speed", { signal });
export const runs = (signal: AbortSignal): Promise<Runs> => json("/v1/anew/runs", { signal });
export const lastCreations = (signal: AbortSignal): Promise<CreationList> =>
  json("/v1/anew/creations?limit=6", { signal });
