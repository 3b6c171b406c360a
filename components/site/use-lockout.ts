"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useWatch } from "react-hook-form";
import { useSite } from "#components/site/site-form-context.ts";
import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import { pemBlocks } from "#lib/site/changes.ts";
import { describeLockout, type Lockout } from "#lib/site/lockout.ts";
import { isDownstreamChanged, type Narrowing, narrowingOf } from "#lib/site/narrowing.ts";
import type { Result } from "#lib/site/problem.ts";

const restMs = 400;
/** A save waits this long for figures that are not there yet. */
const patienceMs = 1_500;

/** Who would be locked out by the draft: `text` says it, or why it cannot be said; null where nothing about clients changes. */
export type LockoutQuestion = {
  narrowing: Narrowing | null;
  text: string | null;
  lockout: Lockout | null;
  isPending: boolean;
  /** Resolves once the figures of the draft as it stands are there, or too late. */
  settle: () => Promise<void>;
};

/** Asks for the figures once typing rests, while who may connect differs from what is saved. */
export function useLockout(): LockoutQuestion {
  const { form, view } = useSite();
  const queries = useQueryClient();
  const [isOn, text] = useWatch({ control: form.control, name: ["isDownstreamMtls", "downstreamMtlsCredentials"] });
  const draft = { isDownstreamMtls: isOn, downstreamMtlsCredentials: text };
  const written = certificatesOf(text ?? "");
  const isChanged = isOn === true && isDownstreamChanged(view.draft, draft);
  // A key and nothing else: that it must go is said at the field, and until then there is nothing to ask.
  const isKeyAlone = written === "" && mentionsPrivateKey(text ?? "");
  const isAsked = view.hasMtlsFeature && view.siteId !== null && !view.isReadOnly && isChanged && !isKeyAlone;
  const certificates = isAsked ? written : "";
  const [rested, setRested] = useState(certificates);
  useEffect(() => {
    const timer = setTimeout(() => setRested(certificates), restMs);
    return () => clearTimeout(timer);
  }, [certificates]);

  const question = (asked: string) => ({
    queryKey: ["locked-out", view.siteId, view.revision, asked],
    queryFn: ({ signal }: { signal: AbortSignal }) => fetchLockout(view.siteId ?? "", asked, signal),
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false as const,
  });
  const isResting = rested === certificates;
  const query = useQuery({ ...question(rested), enabled: isAsked && isResting && rested !== "" });
  const result = isAsked && isResting && certificates !== "" ? query.data : undefined;
  const isPending = isAsked && certificates !== "" && (!isResting || query.isPending);

  async function settle() {
    setRested(certificates);
    if (!isAsked || certificates === "") return;
    const late = new Promise((resolve) => setTimeout(resolve, patienceMs));
    await Promise.race([queries.fetchQuery(question(certificates)).catch(() => {}), late]);
  }

  return {
    narrowing: isAsked ? narrowingOf(view.draft, draft) : null,
    text: isAsked ? sentenceOf({ result, isEmpty: certificates === "", isPending, isFailed: query.isError }) : null,
    lockout: result?.ok ? result.value : null,
    isPending,
    settle,
  };
}

function sentenceOf({
  result,
  isEmpty,
  isPending,
  isFailed,
}: {
  result: Result<Lockout> | undefined;
  isEmpty: boolean;
  isPending: boolean;
  isFailed: boolean;
}) {
  if (isEmpty) return "There is no CA in the box yet: with none, nobody could connect.";
  if (isPending) return "Looking through the callers that were seen …";
  if (isFailed || result === undefined) return "The console did not answer, so it cannot be said who loses access.";
  return result.ok ? describeLockout(result.value) : `Who loses access cannot be said yet. ${result.problems[0]?.message ?? ""}`;
}

/** Nothing but certificates is sent. */
function certificatesOf(text: string): string {
  return [...pemBlocks(text)].map((block) => `-----BEGIN CERTIFICATE-----\n${block}\n-----END CERTIFICATE-----\n`).join("");
}

async function fetchLockout(siteId: string, text: string, signal: AbortSignal): Promise<Result<Lockout>> {
  const answer = await fetch(`/api/sites/${siteId}/locked-out`, { method: "POST", body: text, signal });
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return answer.json();
}
