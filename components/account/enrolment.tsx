"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { CodeField } from "#components/account/credential-fields.tsx";
import { Form } from "#components/account/form.tsx";
import { OneTimeSecret } from "#components/account/one-time-secret.tsx";
import type { ProfileActions } from "#components/account/profile-actions.ts";
import { useSubmit } from "#components/account/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import { Facts } from "#components/ui/facts.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { EnrolmentView } from "#lib/console/profile.ts";

type EnrolmentProps = { enrolment: EnrolmentView; confirm: ProfileActions["confirmTwoFactor"]; onEnd(): void };

/** The steps of turning two-factor on: scan, keep the recovery codes, prove the app with a code. */
export function Enrolment({ enrolment, confirm, onEnd }: EnrolmentProps) {
  const router = useRouter();
  const toast = useToast();
  const [code, setCode] = useState("");
  const { qrCode, secret, recoveryCodes } = enrolment;
  const { send, isBusy, problemsOf } = useSubmit(confirm, () => {
    toast({ title: "Two-factor is on", description: "From now on signing in takes a code of your app." });
    onEnd();
    router.refresh();
  }, ["code"]);
  return (
    <div className="grid gap-4">
      <p className="text-quiet">1. Scan this with your authenticator app, or type the secret into it.</p>
      {/* Dark on white in every theme: cameras expect it so. */}
      <svg
        role="img"
        aria-label="QR code for your authenticator app"
        viewBox={`0 0 ${qrCode.size} ${qrCode.size}`}
        className="w-52 max-w-full rounded-control"
      >
        <rect width="100%" height="100%" fill="#fff" />
        <path d={qrCode.path} fill="#000" shapeRendering="crispEdges" />
      </svg>
      <Facts facts={[{ label: "Secret", value: secret, isMono: true, copy: secret }]} />
      <OneTimeSecret label="recovery codes" value={recoveryCodes.join("\n")}>
        2. Keep these recovery codes where your device is not. Each works once in the place of a code. They are not shown again.
      </OneTimeSecret>
      <p className="text-quiet">3. Type the code that the app shows now. Two-factor is off until then.</p>
      <div className="max-w-96">
        <Form problems={problemsOf("")} onSubmit={() => send({ code })}>
          <CodeField value={code} onChange={setCode} problems={problemsOf("code")} />
          <div className="flex flex-wrap gap-2">
            <Button type="submit" variant="primary" isBusy={isBusy}>
              Turn on
            </Button>
            <Button onClick={onEnd}>Cancel</Button>
          </div>
        </Form>
      </div>
    </div>
  );
}
