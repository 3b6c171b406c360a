import { inTenant } from "#lib/console/access.ts";
import { defineRoute } from "#lib/console/route.ts";
import { answerServing } from "#lib/console/serving.ts";

export const dynamic = "force-dynamic";

export const GET = defineRoute("sites.serving", inTenant("Read-Only"), (context, _params, request) => answerServing(context, request));
