import { consoleStore } from "#lib/console/store.ts";

/** Never answered from a cache or at build time: the answer is about now. */
export const dynamic = "force-dynamic";

/** 200 once the console can serve, which takes a readable database; else 503. */
export async function GET(): Promise<Response> {
  try {
    await consoleStore().tenants.list();
    return Response.json({ status: "ok" });
  } catch {
    return Response.json({ status: "unavailable" }, { status: 503 });
  }
}
