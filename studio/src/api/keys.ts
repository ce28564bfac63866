// Keys: which there are, a new one, and one that is taken back.
import { json } from "./call";

export const SCOPES = ["read", "generate", "files", "train", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  id: string;
  name: string;
  tenant: string;
  scopes: string[];
  state: "active" | "expired" | "revoked";
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  requests_per_minute: number | null;
  tokens_per_day: number | null;
  tokens_today?: number;
}

export interface KeyAsked {
  name: string;
  scopes: Scope[];
  tenant?: string;
  expires?: string;
  requests_per_minute?: number;
  tokens_per_day?: number;
}

/** `key`: how it is spelled, which nobody can tell again. */
export type MadeKey = ApiKey & { key: string };

export const keys = (signal: AbortSignal): Promise<{ data: ApiKey[] }> => json("/v1/anew/keys", { signal });
export const makeKey = (asked: KeyAsked): Promise<MadeKey> => json("/v1/anew/keys", { method: "POST", body: asked });
export const takeBack = (id: string): Promise<ApiKey> => json(`/v1/anew/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
