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
