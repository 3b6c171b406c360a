"use client";

import { useState } from "react";
import { useSubmit } from "#components/account/use-submit.ts";
import { PageHeader } from "#components/shell/page-header.tsx";
import { Card } from "#components/ui/card.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Link } from "#components/ui/link.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { Time } from "#components/ui/time.tsx";
import { useIsHydrated } from "#components/ui/use-is-hydrated.ts";
import type { EnforcingSite, FeaturesView, FeatureView } from "#lib/console/features.ts";
import type { Result } from "#lib/site/problem.ts";

type SwitchFeature = (input: { tenantId: string; name: FeatureView["name"]; isOn: boolean }) => Promise<Result<null>>;

/** Settings → Features: what each switch exposes, and what goes on whatever it says. */
export function FeaturesPanel({ view, switchFeature }: { view: FeaturesView; switchFeature: SwitchFeature }) {
  return (
    <div className="grid max-w-[880px] gap-4">
      <div className="-mb-2">
        <PageHeader title="Features">
          <p className="text-quiet">What the Admins of the tenant {view.tenantName} find in its pages.</p>
        </PageHeader>
      </div>
      {view.features.map((feature) => (
        <FeatureCard key={feature.name} feature={feature} view={view} switchFeature={switchFeature} />
      ))}
    </div>
  );
}

type FeatureCardProps = { feature: FeatureView; view: FeaturesView; switchFeature: SwitchFeature };

function FeatureCard({ feature, view, switchFeature }: FeatureCardProps) {
  const { send, isBusy, problemsOf, clear } = useSubmit(switchFeature, () => {});
  const { name, isOn, changedBy, changedAt } = feature;
  const isReady = useIsHydrated();
  const [asked, setAsked] = useState<{ isOn: boolean; since: string | null } | null>(null);
  const problems = problemsOf("");
  // What was asked for stands until the page is made anew by it, or until it was refused; then what is stored does.
  const isPending = asked?.since === changedAt && problems.length === 0;

  function change(next: boolean) {
    if (isBusy) return;
    clear();
    setAsked({ isOn: next, since: changedAt });
    send({ tenantId: view.tenantId, name, isOn: next });
  }
  return (
    <Card title="Mutual TLS">
      <Checkbox
        label={<code className="font-mono text-mono">{name}</code>}
        help="Shows Observe clients, Downstream mTLS and Upstream mTLS in Site Details, so that Admins of this tenant can turn them on and off and change their credentials."
        disabledReason={view.isReadOnly ? "Your role here is Read-Only: an Admin of this tenant switches features." : undefined}
        problems={problems}
        checked={isPending ? asked.isOn : isOn}
        // Before the page is alive a click would be lost without a word.
        disabled={!isReady}
        aria-busy={isBusy}
        onChange={(event) => change(event.target.checked)}
      />
      <StatusRegion>
        {changedAt && (
          <StatusText meaning={isOn ? "good" : "unknown"}>
            {isOn ? "On" : "Off"}, {changedBy === "launcher" ? "as Tessera set it up" : `by ${changedBy}`} <Time value={changedAt} />
          </StatusText>
        )}
      </StatusRegion>
      <Enforcing sites={view.enforcing} />
    </Card>
  );
}

function Enforcing({ sites }: { sites: readonly EnforcingSite[] }) {
  if (sites.length === 0) return <p className="text-quiet">No site of this tenant enforces mTLS at present.</p>;
  return (
    <div className="grid gap-1.5">
      <h3 className="font-medium">
        {sites.length === 1 ? "1 site enforces mTLS now and goes on doing so" : `${sites.length} sites enforce mTLS now and go on doing so`}{" "}
        while this is off
      </h3>
      <ul className="grid gap-1">
        {sites.map(({ id, hostName, isDownstream, isUpstream }) => (
          <li key={id} className="flex flex-wrap gap-x-2">
            <Link
              href={`/settings/sites/${id}`}
              className="inline-block py-0.5 font-mono text-mono underline underline-offset-2 wrap-anywhere"
            >
              {hostName}
            </Link>
            <span className="py-0.5 text-quiet">
              {[isDownstream && "Downstream", isUpstream && "Upstream"].filter(Boolean).join(" and ")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
