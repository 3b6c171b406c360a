"use client";

import { useState } from "react";
import { Enrolment } from "#components/account/enrolment.tsx";
import { OneTimeSecret } from "#components/account/one-time-secret.tsx";
import { PasswordQuestion } from "#components/account/password-question.tsx";
import type { ProfileActions } from "#components/account/profile-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import type { EnrolmentView } from "#lib/console/profile.ts";

type Step = "turn-on" | "turn-off" | "renew" | null;

/** Two-factor: on, off, and new recovery codes; each begins with the password. */
export function TwoFactorCard({ isOn, actions }: { isOn: boolean; actions: ProfileActions }) {
  const [step, setStep] = useState<Step>(null);
  const [enrolment, setEnrolment] = useState<EnrolmentView | null>(null);
  const [recoveryCodes, setRecoveryCodes] = useState<string[] | null>(null);
  const end = () => {
    setStep(null);
    setEnrolment(null);
  };
  return (
    <Card title="Two-factor">
      <StatusRegion>
        <StatusText meaning={isOn ? "good" : "unknown"}>
          {isOn ? "On: signing in takes a code of your authenticator app." : "Off: the password alone signs in."}
        </StatusText>
      </StatusRegion>
      {enrolment && <Enrolment enrolment={enrolment} confirm={actions.confirmTwoFactor} onEnd={end} />}
      {recoveryCodes && (
        <OneTimeSecret label="recovery codes" value={recoveryCodes.join("\n")}>
          Your new recovery codes; the old ones are dead. Each works once in the place of a code. They are not shown again.
        </OneTimeSecret>
      )}
      {step === null && !enrolment && (
        <div className="flex flex-wrap gap-2">
          {!isOn && <Button onClick={() => setStep("turn-on")}>Turn on two-factor</Button>}
          {isOn && <Button onClick={() => setStep("renew")}>New recovery codes</Button>}
          {isOn && <Button onClick={() => setStep("turn-off")}>Turn off two-factor</Button>}
        </div>
      )}
      {step === "turn-on" && (
        <PasswordQuestion
          button="Continue"
          ask={actions.beginTwoFactor}
          onAnswer={(begun) => {
            setStep(null);
            setEnrolment(begun);
          }}
          onCancel={end}
        />
      )}
      {step === "turn-off" && <PasswordQuestion button="Turn off" ask={actions.endTwoFactor} onAnswer={end} onCancel={end} />}
      {step === "renew" && (
        <PasswordQuestion
          button="Make new codes"
          ask={actions.renewRecoveryCodes}
          onAnswer={(renewed) => {
            setRecoveryCodes(renewed.recoveryCodes);
            end();
          }}
          onCancel={end}
        />
      )}
    </Card>
  );
}
