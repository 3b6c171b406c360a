"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { CertificateFacts } from "#lib/pki/facts.ts";

const restMs = 300;

/** The facts of the certificates in text that is not saved yet, once typing rests; nothing but certificates is sent. */
export function useDraftFacts(text: string): CertificateFacts[] {
  const certificates = useRested(certificatesOf(text));
  const { data } = useQuery({
    queryKey: ["certificates", certificates],
    queryFn: ({ signal }) => fetchFacts(certificates, signal),
    enabled: certificates !== "",
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
  return certificates === "" ? [] : (data ?? []);
}

function certificatesOf(text: string): string {
  const blocks = text.match(/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (X509 |TRUSTED )?CERTIFICATE-----/g) ?? [];
  return blocks.join("\n");
}

async function fetchFacts(text: string, signal: AbortSignal): Promise<CertificateFacts[]> {
  const answer = await fetch("/api/sites/certificates", { method: "POST", body: text, signal });
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return answer.json();
}

function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
