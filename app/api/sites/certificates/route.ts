import { signedIn } from "#lib/console/access.ts";
import { describeCertificates } from "#lib/console/describe-certificates.ts";
import { defineRoute } from "#lib/console/route.ts";

export const POST = defineRoute("certificates.describe", signedIn, (_, __, request) => describeCertificates(request));
