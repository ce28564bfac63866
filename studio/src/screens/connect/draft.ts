// What a new key is to be, as somebody fills it in. No secret is among it, so that it may be kept while it is typed.
import { SCOPES, type KeyAsked, type Scope } from "../../api/keys";

export interface Draft {
  name: string;
  scopes: Scope[];
  tenant: string;
  expires: string;
  perMinute: string;
  perDay: string;
}

export const USUAL: readonly Scope[] = ["read", "generate", "files", "train"];
export const EXPIRES = ["", "1d", "30d", "90d", "1y"] as const;

const words = (value: unknown): string => (typeof value === "string" ? value : "");

export function readDraft(kept: unknown): Draft {
  const told = typeof kept === "object" && kept !== null ? (kept as Partial<Record<keyof Draft, unknown>>) : {};
  const listed = Array.isArray(told.scopes) ? told.scopes : USUAL;
  return {
    name: words(told.name),
    scopes: SCOPES.filter((scope) => listed.includes(scope)),
    tenant: words(told.tenant),
    expires: EXPIRES.find((one) => one === told.expires) ?? "",
    perMinute: words(told.perMinute),
    perDay: words(told.perDay),
  };
}

/** A whole number from 1 on, or nothing; null for anything else. */
export function boundOf(typed: string): number | undefined | null {
  const plain = typed.replace(/[\s,._']/g, "");
  if (plain === "") return undefined;
  return /^[1-9]\d*$/.test(plain) && Number.isSafeInteger(Number(plain)) ? Number(plain) : null;
}

/** Null where a bound is no number. */
export function askedOf(draft: Draft): KeyAsked | null {
  const perMinute = boundOf(draft.perMinute);
  const perDay = boundOf(draft.perDay);
  if (perMinute === null || perDay === null) return null;
  return {
    name: draft.name.trim(),
    scopes: draft.scopes,
    ...(draft.tenant.trim() === "" ? {} : { tenant: draft.tenant.trim() }),
    ...(draft.expires === "" ? {} : { expires: draft.expires }),
    ...(perMinute === undefined ? {} : { requests_per_minute: perMinute }),
    ...(perDay === undefined ? {} : { tokens_per_day: perDay }),
  };
}
