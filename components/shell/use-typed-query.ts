"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef, useState, useTransition } from "react";

const restMs = 250;

/** A query as it is typed, and the server's page that follows it through the URL once typing rests; `write` makes the URL's part. */
export function useTypedQuery<Query>(
  shown: Query,
  write: (query: Query) => string,
): { typed: Query; show(query: Query): void; isPending: boolean } {
  const router = useRouter();
  const [typed, setTyped] = useState(shown);
  const [isPending, startTransition] = useTransition();
  const [wanted, is] = [write(typed), write(shown)];
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
