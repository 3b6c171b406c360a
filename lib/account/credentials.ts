import { z } from "zod";
import { leastPasswordLength, mostPasswordLength } from "#lib/account/password-length.ts";

/** An email address as accounts are known by it: trimmed and in lower case. */
export const emailSchema = z
  .string("Type an email address.")
  .trim()
  .toLowerCase()
  .max(254, "Email addresses have at most 254 characters.")
  .pipe(z.email("Type an email address, such as ana@example.com."));

/** A password that somebody chooses. Length is what counts (NIST SP 800-63B): any characters, none demanded. */
export const newPasswordSchema = z
  .string("Type a password.")
  .min(leastPasswordLength, `A password has at least ${leastPasswordLength} characters.`)
  .max(mostPasswordLength, `A password has at most ${mostPasswordLength} characters.`)
  .refine((password) => new Set(password).size >= 4, "This password is too easy to guess: use more than three different characters.");

/** A password that somebody claims is theirs: no rule is told, it either fits or not. */
export const givenPasswordSchema = z
  .string("Type your password.")
  .min(1, "Type your password.")
  .max(mostPasswordLength, "This is too long.");
