import { anyone } from "#lib/console/access.ts";
import { defineRoute } from "#lib/console/route.ts";

/** Never answered from a cache or at build time: the answer is about now. */
export const dynamic = "force-dynamic";

/** 200 once the console can serve, which takes a readable database; else 503. */
export const GET = defineRoute("health", anyone, async ({ store }) => {
  try {
    await store.tenants.list();
    return { status: "ok" };
  } catch {
    return Response.json({ status: "unavailable" }, { status: 503 });
  }
});
