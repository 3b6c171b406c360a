import { signedIn } from "#lib/console/access.ts";
import { defineRoute } from "#lib/console/route.ts";
import { loadSensors } from "#lib/console/sensors.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute("sensors", signedIn, loadSensors);
