"use client";

import { useWatch } from "react-hook-form";
import { useSite } from "#components/site/site-form-context.ts";

/** Why a control of the TLS section cannot be used at present; undefined where it can. */
export type MtlsRules = {
  whySslStays: string | undefined;
  whyNoTerminateOnly: string | undefined;
  whyNoDownstream: string | undefined;
  whyNoUpstream: string | undefined;
};

const askFor = "Changing that needs the feature site-config-mtls: ask your Channel Admin to turn it on.";

/** mTLS needs TLS, and Upstream mTLS excludes Terminate Only; without the feature what is stored counts. */
export function useMtls(): MtlsRules {
  const { form, view } = useSite();
  const [isSsl, isTerminateOnly, isDownstream, isUpstream] = useWatch({
    control: form.control,
    name: ["isSslEnabled", "isTerminateOnly", "isDownstreamMtls", "isUpstreamMtls"],
  });
  const on = view.enforced
    ? { downstream: view.enforced.isDownstream, upstream: view.enforced.isUpstream }
    : { downstream: isDownstream === true, upstream: isUpstream === true };
  const names = [on.downstream && "Downstream mTLS", on.upstream && "Upstream mTLS"].filter((name) => name !== false);
  const needsSsl = isSsl ? undefined : "Needs TLS: switch SSL/TLS Enabled on first.";
  return {
    whySslStays: isSsl && names.length > 0 ? whySslStays(names, view.enforced !== null) : undefined,
    whyNoTerminateOnly: on.upstream
      ? `Cannot be used with Upstream mTLS, which needs TLS to the origin. ${view.enforced ? askFor : "Switch Upstream mTLS off first."}`
      : undefined,
    whyNoDownstream: needsSsl,
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
