import { onSite } from "#lib/console/access.ts";
import { askLockedOut } from "#lib/console/ask-locked-out.ts";
import { defineRoute } from "#lib/console/route.ts";

export const POST = defineRoute("site.locked-out", onSite("Admin"), (context, { siteId }, request) =>
  askLockedOut(context, siteId, request),
);
