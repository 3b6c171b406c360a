"use client";

import { useWatch } from "react-hook-form";
import { useSite } from "#components/site/site-form-context.ts";
import { useMoment } from "#components/ui/clock.tsx";
import { isObserving } from "#lib/site/observation.ts";

/** Why a control of the TLS section cannot be used at present; undefined where it can. */
export type MtlsRules = {
  whySslStays: string | undefined;
  whyNoTerminateOnly: string | undefined;
  whyNoObservation: string | undefined;
  whyNoDownstream: string | undefined;
  whyNoUpstream: string | undefined;
};

const askFor = "Changing that needs the feature site-config-mtls: ask your Channel Admin to turn it on.";

/** Nobody is told to switch something first who may switch nothing. */
const nothingToDo: MtlsRules = {
  whySslStays: undefined,
  whyNoTerminateOnly: undefined,
  whyNoObservation: undefined,
  whyNoDownstream: undefined,
  whyNoUpstream: undefined,
};

/** mTLS needs TLS, Observe clients excludes Downstream mTLS and Terminate Only Upstream mTLS; without the feature what is stored counts. */
export function useMtls(): MtlsRules {
  const { form, view } = useSite();
  const [isSsl, isTerminateOnly, isDownstream, isUpstream, observedUntil] = useWatch({
    control: form.control,
    name: ["isSslEnabled", "isTerminateOnly", "isDownstreamMtls", "isUpstreamMtls", "observedUntil"],
  });
  const until = view.enforced ? view.enforced.observedUntil : observedUntil;
  const isObserved = useMoment((now) => isObserving(until, now));
  const on = view.enforced
    ? { downstream: view.enforced.isDownstream, upstream: view.enforced.isUpstream }
    : { downstream: isDownstream === true, upstream: isUpstream === true };
  const names = [isObserved && "Observe clients", on.downstream && "Downstream mTLS", on.upstream && "Upstream mTLS"].filter(
    (name) => name !== false,
  );
  if (view.isReadOnly) return nothingToDo;
  const needsSsl = isSsl ? undefined : "Needs TLS: switch SSL/TLS Enabled on first.";
  return {
    whySslStays: isSsl && names.length > 0 ? whySslStays(names, view.enforced !== null) : undefined,
    whyNoTerminateOnly: on.upstream
      ? `Cannot be used with Upstream mTLS, which needs TLS to the origin. ${view.enforced ? askFor : "Switch Upstream mTLS off first."}`
      : undefined,
    whyNoObservation:
      needsSsl ??
      (on.downstream && !isObserved
        ? "Cannot be used with Downstream mTLS, which asks and refuses. Switch Downstream mTLS off first."
        : undefined),
    whyNoDownstream:
      needsSsl ??
      (isObserved && !on.downstream
        ? "Cannot be used with Observe clients, which refuses nobody. Switch Observe clients off first; the credentials stay."
        : undefined),
    whyNoUpstream:
      needsSsl ??
      (isTerminateOnly && !on.upstream
        ? "Cannot be used with SSL/TLS Terminate Only: the origin is then spoken to without TLS."
        : undefined),
  };
}

function whySslStays(names: string[], isFixed: boolean): string {
  const all = names.join(" and ");
  const isMany = names.length > 1;
  if (isFixed) return `${all} ${isMany ? "need" : "needs"} TLS. ${askFor}`;
  return `Switch ${all} off first: ${isMany ? "they need" : "it needs"} TLS.`;
}
