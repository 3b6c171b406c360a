"use client";

import { useId, useState } from "react";
import { focusSoon } from "#components/site/focus-soon.ts";
import { meaningOf } from "#components/site/narrowing-question.tsx";
import { useLockout } from "#components/site/use-lockout.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import { Time } from "#components/ui/time.tsx";
import { type JudgedCaller, type Lockout, neverAsked } from "#lib/site/lockout.ts";

/** Who would be locked out, under the box that decides it: the figures, and behind See the callers one by one. */
export function LockedOut() {
  const { text, lockout, isPending } = useLockout();
  const [isOpen, setIsOpen] = useState(false);
  const listId = useId();
  if (text === null) return null;
  const meaning = meaningOf(lockout, isPending);
  const isListed = lockout !== null && lockout.listed.length > 0;
  return (
    <section aria-label="Who would be locked out" className="grid min-w-0 gap-2">
      <p className="flex min-w-0 items-start gap-1.5">
        <MeaningIcon meaning={meaning} className={`mt-0.5 size-4 shrink-0 ${meaningText[meaning]}`} />
        <span className="min-w-0 wrap-anywhere">
          {text}{" "}
          {isListed && (
            <a
              href={`#${listId}`}
              aria-expanded={isOpen}
              aria-controls={listId}
              className="text-accent underline underline-offset-2"
              onClick={(event) => {
                event.preventDefault();
                setIsOpen(!isOpen);
                if (!isOpen) focusSoon(listId);
              }}
            >
              {isOpen ? "Hide" : "See"}
            </a>
          )}
        </span>
      </p>
      {lockout?.since && (
        <p className="text-small text-quiet">
          Expected from what was seen since <Time value={lockout.since} />, which is all that is kept. A caller is a client certificate;
          callers without one are counted by address.
        </p>
      )}
      {lockout !== null && isForObservation(lockout) && (
        <p className="text-small text-quiet">
          To know before anybody is refused, untick Downstream mTLS and tick Observe clients for some days: it asks every caller for a
          certificate and refuses nobody.
        </p>
      )}
      <div id={listId} tabIndex={-1}>
        {isListed && isOpen && <Callers lockout={lockout} />}
      </div>
    </section>
  );
}

/** Observe clients would tell what is not known here. */
function isForObservation({ doubts, since }: Lockout): boolean {
  return since === null || doubts.some(({ cause }) => cause === neverAsked);
}

function Callers({ lockout: { listed, counts } }: { lockout: Lockout }) {
  const rest = counts.loses + counts.unknown + counts.gains - listed.length;
  return (
    <>
      <ul aria-label="Callers whose access changes" className="grid max-h-96 gap-2 overflow-y-auto border-l border-line pl-3">
        {listed.map((caller) => (
          <li key={`${caller.fingerprint} ${caller.address}`} className="grid min-w-0 gap-0.5">
            <Caller caller={caller} />
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="text-quiet">{rest.toLocaleString("en")} more are not listed.</p>}
    </>
  );
}

const words = { loses: "loses access", unknown: "cannot be told", gains: "gets in", keeps: "keeps access", "stays-out": "stays refused" };

function Caller({ caller: { name, fingerprint, address, lastAt, outcome, reason } }: { caller: JudgedCaller }) {
  const meaning = outcome === "loses" ? "danger" : outcome === "gains" ? "notice" : "unknown";
  return (
    <>
      <p className="min-w-0 wrap-anywhere">
        <span className="font-medium">{name}</span> <span className={meaningText[meaning]}>{words[outcome]}</span>
        <span className="text-quiet">
          {" "}
          · last seen <Time value={lastAt} />
          {fingerprint !== null && ` from ${address}`}
        </span>
      </p>
      <p className="min-w-0 text-quiet wrap-anywhere">
        {reason}
        {fingerprint !== null && (
          <>
            {" "}
            SHA-256 <span className="font-mono text-mono">{fingerprint.slice(0, 16)}…</span>{" "}
            <CopyButton value={fingerprint} label={`Copy SHA-256 of ${name}`} />
          </>
        )}
      </p>
    </>
  );
}
