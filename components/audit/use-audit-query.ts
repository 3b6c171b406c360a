"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef, useState, useTransition } from "react";
import { type AuditQuery, writeAuditQuery } from "#lib/console/audit-query.ts";

const restMs = 250;

/** The query as it is typed, and the server's page that follows it through the URL once typing rests. */
export function useAuditQuery(shown: AuditQuery): { typed: AuditQuery; show(query: AuditQuery): void; isPending: boolean } {
  const router = useRouter();
  const [typed, setTyped] = useState(shown);
  const [isPending, startTransition] = useTransition();
  const [wanted, is] = [writeAuditQuery(typed), writeAuditQuery(shown)];
  const asked = useRef(is);

  // Somebody went elsewhere (a link, the back button): the fields follow. A page that we asked for says nothing new, and
  // more may have been typed since.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another page is a reason, not another typed text.
  useEffect(() => {
    if (asked.current !== is) setTyped(shown);
    asked.current = is;
  }, [is]);

  useEffect(() => {
    if (wanted === is) return;
    const timer = setTimeout(() => {
      asked.current = wanted;
      startTransition(() => router.replace(`?${wanted}`, { scroll: false }));
    }, restMs);
    return () => clearTimeout(timer);
  }, [wanted, is, router]);

  return { typed, show: setTyped, isPending: isPending || wanted !== is };
}
