"use client";

import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useWatch } from "react-hook-form";
import { inWords, useSite } from "#components/site/site-form-context.ts";
import type { SiteForm } from "#components/site/use-site-form.ts";
import { Button } from "#components/ui/button.tsx";
import { useMoment } from "#components/ui/clock.tsx";
import { ProblemList } from "#components/ui/problem-list.tsx";
import { StatusRegion } from "#components/ui/status-region.tsx";
import { exchangeMs } from "#lib/channel/exchange-limit.ts";
import type { OriginReport } from "#lib/channel/origin-test.ts";
import { labelOf } from "#lib/site/label.ts";
import { error, type Problem, type Result } from "#lib/site/problem.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

/** The button that tries the origin with the form as it stands, and what came of it. */
export function OriginTest({ label = "Test origin" }: { label?: string }) {
  const { form, testOrigin } = useSite();
  const helpId = useId();
  const [tested, setTested] = useState("");
  const current = useTestedSettings();
  const test = useMutation({ mutationFn: (draft: SiteDraft) => testWith(testOrigin, draft) });

  function start() {
    setTested(current);
    test.mutate(structuredClone(form.getValues()));
  }

  const isSlow = useMoment((nowMs) => test.isPending && nowMs - test.submittedAt >= patienceMs);
  const { result, OriginResults } = (test.isPending ? undefined : test.data) ?? {};
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button onClick={start} isBusy={test.isPending} aria-describedby={helpId}>
          {label}
        </Button>
        <p id={helpId} className="min-w-0 flex-1 basis-64 text-quiet">
          <Help />
        </p>
      </div>
      <StatusRegion className="min-h-0">
        {test.isPending && <span className="text-quiet">{isSlow ? stillTesting : "Testing the origin…"}</span>}
        {result && !result.ok && <ProblemList id={`${helpId}-problems`} problems={result.problems.map(placed)} isRoomKept={false} />}
        {result?.ok && OriginResults && <OriginResults report={result.value} isOutdated={tested !== current} />}
      </StatusRegion>
    </div>
  );
}

/** What shows the results comes with them: most visits of the page test nothing. */
async function testWith(testOrigin: SiteForm["testOrigin"], draft: SiteDraft) {
  try {
    const [{ OriginResults }, result] = await Promise.all([import("#components/site/origin-results.tsx"), testOrigin(draft)]);
    return { OriginResults, result };
  } catch {
    return { OriginResults: null, result: unreachable };
  }
}

/** A good origin has answered by then. */
const patienceMs = 4_000;

// Whether the origin is slow or the sensor is frozen cannot be told apart from here.
const stillTesting = `The sensor has not answered yet: it gives an origin ${exchangeMs / 1_000} s for each request. Where the sensor itself stays silent, the test ends within half a minute and says so; Settings → Sensors shows whether it runs.`;

function Help() {
  const { form, view } = useSite();
  const [isSsl, isTerminateOnly, isUpstream] = useWatch({
    control: form.control,
    name: ["isSslEnabled", "isTerminateOnly", "isUpstreamMtls"],
  });
  const request = "GET / from the sensor, with the settings as they stand here, saved or not. No redirect is followed.";
  if (!isSsl || isTerminateOnly) return `Sends one request: ${request}`;
  if (view.enforced)
    return `Sends one request: ${request} No client certificate is shown: testing that needs the feature site-config-mtls.`;
  if (isUpstream) return `Sends two requests, without the client certificate and with it: ${request}`;
  return `Sends one request: ${request} Upstream mTLS is off, so that no client certificate is shown.`;
}

/** The settings that a test depends on, as one text to compare by. */
function useTestedSettings(): string {
  return JSON.stringify(useWatch({ control: useSite().form.control, name: [...testedFields] }));
}

const testedFields = [
  "hostName",
  "isSslEnabled",
  "isTerminateOnly",
  "isUpstreamMtls",
  "upstreamMtlsCredentials",
  "origin",
  "originHttpPort",
  "originHttpsPort",
  "isOriginVerified",
  "originCaCertificates",
  "originServerName",
] as const;

function placed(problem: Problem) {
  const label = labelOf(problem.path);
  const { message, severity } = inWords(problem);
  return { severity, message: label === null ? message : `${label}: ${message}` };
}

const unreachable: Result<OriginReport> = {
  ok: false,
  problems: [
    error(
      "",
      "console.unreachable",
      "The console did not answer, so it is not known what came of the test. Check the connection and test again.",
    ),
  ],
};
