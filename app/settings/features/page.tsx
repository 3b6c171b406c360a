import type { Metadata } from "next";
import { switchFeatureAction } from "#app/settings/features/actions.ts";
import { FeaturesPanel } from "#components/account/features-panel.tsx";
import { inChosenTenant } from "#lib/console/access.ts";
import { loadFeatures } from "#lib/console/features.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Features" };

export default async function FeaturesPage() {
  return <FeaturesPanel view={await loadFeatures(await openPage(inChosenTenant("Read-Only"), null))} switchFeature={switchFeatureAction} />;
}
