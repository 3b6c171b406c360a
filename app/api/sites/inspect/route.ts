import { signedIn } from "#lib/console/access.ts";
import { inspect } from "#lib/console/inspect.ts";
import { defineRoute } from "#lib/console/route.ts";

// A route and no server action: Next runs actions one after the other, so that Save would wait for this, and aborts none.
export const POST = defineRoute("credentials.inspect", signedIn, ({ person, now }, _, request) => inspect(person.id, request, now));
