import type { Metadata } from "next";
import { SensorsPanel } from "#components/sensors/sensors-panel.tsx";
import { signedIn } from "#lib/console/access.ts";
import { openPage } from "#lib/console/page.ts";
import { loadSensors } from "#lib/console/sensors.ts";

export const metadata: Metadata = { title: "Sensors" };

export default async function SensorsPage() {
  return <SensorsPanel initial={await loadSensors(await openPage(signedIn, null))} />;
}
