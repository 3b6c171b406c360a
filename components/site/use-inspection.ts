"use client";

import { useEffect, useState } from "react";
import { judgePemSize } from "#lib/pki/pem-size.ts";
import type { Inspection } from "#lib/site/inspection.ts";
import type { PemField } from "#lib/site/pem-field.ts";
import { error, type Problem } from "#lib/site/problem.ts";

const restMs = 300;

/** What is known of a text: null before anything was read, and while there is none. */
export type InspectionState = { inspection: Inspection | null; isReading: boolean };

/**
 * Has the console read what is being typed, once typing rests. The newest text wins: what is under way for an older one
 * is called off. Lives in this component's memory alone, since the text may hold a private key.
 */
export function useInspection(field: PemField, text: string): InspectionState {
  const [read, setRead] = useState<{ text: string; inspection: Inspection } | null>(null);
  const isEmpty = text.trim() === "";
  const isReading = !isEmpty && read?.text !== text;
  useEffect(() => {
    if (isEmpty) return setRead(null);
    const request = new AbortController();
    const timer = setTimeout(async () => {
      const inspection = await inspect(field, text, request.signal);
      if (!request.signal.aborted) setRead({ text, inspection });
    }, restMs);
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [field, text, isEmpty]);
  return { inspection: isEmpty ? null : (read?.inspection ?? null), isReading };
}

async function inspect(field: PemField, text: string, signal: AbortSignal): Promise<Inspection> {
  const tooLarge = judgePemSize(new TextEncoder().encode(text).length);
  if (tooLarge) return nothingBut({ ...tooLarge, path: field });
  try {
    const answer = await fetch("/api/sites/inspect", {
      method: "POST",
      body: JSON.stringify({ field, text }),
      cache: "no-store",
      signal,
    });
    if (answer.ok) return await answer.json();
    if (answer.status === 409 || answer.status === 429) return nothingBut(error(field, "console.busy", (await answer.json()).message));
    return nothingBut(answer.status === 401 ? ended(field) : unread(field));
  } catch {
    return nothingBut(unread(field));
  }
}

function nothingBut(problem: Problem): Inspection {
  return { certificates: [], chains: [], keys: [], admission: null, problems: [problem] };
}

function ended(path: PemField): Problem {
  const next = "Sign in again in another tab, then go on here: what you typed is still in this page.";
  return error(path, "session.missing", `Your session has ended, so this text was not read. ${next}`);
}

function unread(path: PemField): Problem {
  const next = "It is still here, and Save checks it again: change it or try in a moment.";
  return error(path, "console.unreachable", `The console did not answer, so this text was not read. ${next}`);
}
