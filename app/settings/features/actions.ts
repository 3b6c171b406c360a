"use server";

import { inTenant } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { featureInput, switchFeature } from "#lib/console/features.ts";
import { refreshing } from "#lib/console/refreshing.ts";

export const switchFeatureAction = defineAction(
  "feature.set",
  inTenant("Admin"),
  featureInput,
  refreshing("/settings/features", switchFeature),
);
