import { failureOf } from "#lib/console/action.ts";
import { factsOf } from "#lib/console/stored-facts.ts";
import { largestPemBytes, mentionsPrivateKey } from "#lib/pki/pem.ts";

/** Answers the facts of the certificates in the request's text: what a draft shows before it is saved. Stores nothing. */
export async function describeCertificates(request: Request): Promise<Response> {
  const headers = { "Cache-Control": "no-store" };
  if (Number(request.headers.get("content-length") ?? largestPemBytes + 1) > largestPemBytes)
    return new Response(null, { status: 413, headers });
  try {
    const text = await request.text();
    // The page leaves keys out; one that comes all the same is not worked on, so that this never becomes a way in for them.
    return Response.json(mentionsPrivateKey(text) ? [] : factsOf(text), { headers });
  } catch (thrown) {
    return Response.json(failureOf("certificates.describe", thrown), { status: 500, headers });
  }
}
