// What is asked for from a picture: which way, and with which settings.
import type { FromPictureRequest } from "../../api/images";
import { drawnSeed, isSeed } from "./settings";

export const WAYS = ["paint", "vary"] as const;
export type Way = (typeof WAYS)[number];

export const wayOf = (asked: string | undefined): Way => WAYS.find((one) => one === asked) ?? "paint";

/** A picture of the gallery by its id, or a file of whoever sits here. */
export type Source = { id: string } | { file: Blob; name: string };

export const MOST = 6; // pictures at once

export interface FromSettings {
  prompt: string;
  n: number;
  strength: number;
  seed: string;
  locked: boolean;
  across: number;
}

export function readFrom(kept: unknown): FromSettings {
  const given = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const number = (name: string, least: number, most: number, usual: number): number => {
    const value = given[name];
    return typeof value === "number" && value >= least && value <= most ? value : usual;
  };
  const { prompt, seed, locked } = given;
  return {
    prompt: typeof prompt === "string" ? prompt : "",
    n: Math.round(number("n", 1, MOST, 3)),
    strength: number("strength", 0, 1, 0.5),
    seed: typeof seed === "string" ? seed : "1",
    locked: locked === true,
    across: Math.round(number("across", 1, 64, 5)),
  };
}

export const seedFor = ({ seed, locked }: FromSettings): number => (locked && isSeed(seed) ? Number(seed) : drawnSeed());

/** The request, but for the mask of what is painted over. */
export function requestFrom(model: string, way: Way, image: string, settings: FromSettings, seed: number): FromPictureRequest {
  const request: FromPictureRequest = { model, prompt: settings.prompt.trim(), n: settings.n, seed, image };
  return way === "vary" ? { ...request, strength: settings.strength } : request;
}
