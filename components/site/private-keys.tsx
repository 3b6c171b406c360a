"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { TypedNameDialog } from "#components/site/typed-name-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { Facts } from "#components/ui/facts.tsx";
import { HelpText } from "#components/ui/help-text.tsx";
import { Time } from "#components/ui/time.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { HistoryView, KeyView } from "#lib/console/history-view.ts";
import { labels } from "#lib/site/label.ts";
import type { Result } from "#lib/site/problem.ts";
import type { KeyField } from "#lib/site/schema.ts";

export type DestroyKey = (input: {
  siteId: string;
  field: KeyField;
  publicKeySha256: string;
  typedName: string;
}) => Promise<Result<{ isErased: boolean }>>;

/** The private keys that revisions of this site refer to, known by their public halves, and the way to erase one for good. */
export function PrivateKeys({ history, isReadOnly, destroy }: { history: HistoryView; isReadOnly: boolean; destroy: DestroyKey }) {
  const { keys, siteId, hostName } = history;
  const [chosen, setChosen] = useState<KeyView | null>(null);
  const router = useRouter();
  const toast = useToast();
  if (keys.length === 0) return null;

  function finish({ isErased }: { isErased: boolean }) {
    setChosen(null);
    const rest = "The database’s log still holds a sealed trace of it, until it is next emptied.";
    toast({ title: "The private key was destroyed", ...(isErased ? {} : { description: rest, meaning: "notice" as const }) });
    router.refresh();
  }

  return (
    <section aria-labelledby="keys-title" className="card mt-8 grid gap-4 px-4 py-4 sm:px-6">
      <div>
        <h2 id="keys-title" className="text-section font-semibold">
          Private keys
        </h2>
        <p className="max-w-[84ch] text-quiet">
          Stored sealed, so that only the sensor can use them. Destroying one erases it from every revision that refers to it; these cannot
          be restored until the key is pasted again. Backups made before still hold it, sealed.
        </p>
      </div>
      <ul className="grid gap-4">
        {keys.map((key) => (
          <li key={`${key.field} ${key.publicKeySha256}`} className="grid gap-2 border-t border-line pt-3">
            <PrivateKey stored={key} isReadOnly={isReadOnly} onDestroy={() => setChosen(key)} />
          </li>
        ))}
      </ul>
      <TypedNameDialog
        title="Destroy this private key?"
        description={`The key ${shorten(chosen?.publicKeySha256)} is erased from ${chosen ? revisionsOf(chosen) : ""}. Nothing brings it back but pasting it again.`}
        hostName={hostName}
        verb="Destroy"
        isOpen={chosen !== null}
        onClose={() => setChosen(null)}
        act={(typedName) => {
          if (chosen === null) throw new Error("No key was chosen.");
          return destroy({ siteId, field: chosen.field, publicKeySha256: chosen.publicKeySha256, typedName });
        }}
        onDone={finish}
      />
    </section>
  );
}

function PrivateKey({ stored, isReadOnly, onDestroy }: { stored: KeyView; isReadOnly: boolean; onDestroy(): void }) {
  const { field, publicKeySha256, storedAt, destroyed, isCurrent } = stored;
  const inUse = "The current revision uses this key. Replace or clear the credentials and save before it is destroyed.";
  const why = isReadOnly ? "Your role in this tenant is Read-Only." : isCurrent ? inUse : undefined;
  return (
    <>
      <Facts
        facts={[
          { label: "Field", value: labels[field] },
          { label: "Public half", value: `SHA-256 ${publicKeySha256}`, isMono: true, copy: publicKeySha256 },
          { label: "Used by", value: revisionsOf(stored) },
          { label: "Stored", value: <Time value={storedAt} /> },
          ...(destroyed
            ? [
                {
                  label: "Destroyed",
                  value: (
                    <>
                      by {destroyed.by}, <Time value={destroyed.at} />
                    </>
                  ),
                },
              ]
            : []),
        ]}
      />
      {!destroyed && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Button
            variant="danger"
            disabled={why !== undefined}
            aria-label={`Destroy key ${shorten(publicKeySha256)}`}
            aria-describedby={`why-${publicKeySha256}`}
            onClick={onDestroy}
          >
            Destroy key
          </Button>
          <HelpText id={`why-${publicKeySha256}`} disabledReason={why} />
        </div>
      )}
    </>
  );
}

function revisionsOf({ revisions: { first, last, count }, isCurrent }: KeyView): string {
  const which = first === last ? `revision ${first}` : `${count} revisions, ${first} to ${last}`;
  return isCurrent ? `${which} (the current one)` : which;
}

function shorten(fingerprint = ""): string {
  return `${fingerprint.slice(0, 12)}…`;
}
