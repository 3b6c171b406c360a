import type { Metadata } from "next";
import { enterCodeAction } from "#app/login/actions.ts";
import { redeemResetAction, showResetAction } from "#app/reset/actions.ts";
import { Entrance } from "#components/account/entrance.tsx";
import { ResetForm } from "#components/account/reset-form.tsx";

export const metadata: Metadata = { title: "New password" };

export default function ResetPage() {
  return (
    <Entrance title="Choose a new password">
      <ResetForm actions={{ show: showResetAction, redeem: redeemResetAction, enterCode: enterCodeAction }} />
    </Entrance>
  );
}
