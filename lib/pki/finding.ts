/**
 * Something a person should know about pasted text.
 * `code` is stable (`pem.trailing-text`, `ca.not-a-ca` …), `message` is a sentence with the next step,
 * `block` counts the PEM blocks of the field from 1 and is absent when no single block is meant.
 */
export type Finding = {
  code: string;
  message: string;
  severity: "error" | "warning";
  block?: number;
};

/** An error, of one block when `block` is given. */
export function fault(code: string, message: string, block?: number): Finding {
  return { code, message, severity: "error", ...(block === undefined ? {} : { block }) };
}

/** A warning, of one block when `block` is given. */
export function caution(code: string, message: string, block?: number): Finding {
  return { code, message, severity: "warning", ...(block === undefined ? {} : { block }) };
}
