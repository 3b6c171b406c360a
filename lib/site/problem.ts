import type { Finding } from "#lib/pki/finding.ts";

/** A finding with its place: `path` is the form's field name, so that it lands under its field with no mapping. */
export type Problem = Finding & { path: string };

/** What every check and every write answers; expected failures are values, never exceptions. */
export type Result<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(...problems: Problem[]): Result<never> {
  return { ok: false, problems };
}

export function error(path: string, code: string, message: string): Problem {
  return { path, code, message, severity: "error" };
}

export function warning(path: string, code: string, message: string): Problem {
  return { path, code, message, severity: "warning" };
}

export function hasErrors(problems: readonly Finding[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}
