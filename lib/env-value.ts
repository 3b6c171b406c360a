import { isIP } from "node:net";
import { AppError } from "#lib/app-error.ts";
import type { Setting } from "#lib/limits.ts";

/** Variables as a process is given them. */
export type Values = Record<string, string | undefined>;

/** The one line of a bad value: the variable, the fault, what is allowed. */
export function invalid(name: string, fault: string, allowed: string): AppError {
  return new AppError("environment.invalid", `${name} ${fault}; allowed: ${allowed}.`);
}

/** A value as the line may repeat it. */
export function is(value: string): string {
  if (value === "") return "is empty";
  const shown = JSON.stringify(value);
  return `is ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`;
}

/** A path as it was given, or `otherwise`. */
export function path(env: Values, name: string, otherwise: string): string {
  const value = env[name] ?? otherwise;
  if (value.trim() === "") throw invalid(name, is(value), "a path, or leave it unset");
  return value;
}

/** A port; 0 only where `least` allows it. */
export function port(env: Values, name: string, otherwise: number, least = 0): number {
  const value = env[name];
  if (value === undefined) return otherwise;
  const number = /^(0|[1-9]\d{0,4})$/.test(value) ? Number(value) : -1;
  if (number >= least && number <= 65_535) return number;
  const any = least === 0 ? " (0 takes any free port)" : "";
  throw invalid(name, is(value), `a whole number from ${least} to 65535${any}`);
}

/** A whole number of its setting. */
export function whole(env: Values, { variable, otherwise, least, most }: Setting): number {
  const value = env[variable];
  if (value === undefined) return otherwise;
  const number = /^(0|[1-9]\d{0,9})$/.test(value) ? Number(value) : -1;
  if (number >= least && number <= most) return number;
  throw invalid(variable, is(value), `a whole number from ${least} to ${most}`);
}

/** All numbers of a table, each times `factor`; the table has a setting for every key. */
export function wholes<Key extends string>(env: Values, settings: Record<Key, Setting>, factor: number): Record<Key, number> {
  const entries = Object.entries<Setting>(settings).map(([key, setting]) => [key, whole(env, setting) * factor]);
  return Object.fromEntries(entries) as Record<Key, number>;
}

/** CIDRs with commas between them; an empty text is none. */
export function cidrs(env: Values, name: string, otherwise: string): string[] {
  const list = (env[name] ?? otherwise).split(",").map((part) => part.trim());
  if (list.length === 1 && list[0] === "") return [];
  for (const part of list) {
    if (!isCidr(part))
      throw invalid(name, `holds ${JSON.stringify(part)}`, "CIDRs with commas between them (10.0.0.0/8,::1/128), or empty");
  }
  return list;
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits)) return false;
  return Number(bits) <= (version === 4 ? 32 : 128);
}
