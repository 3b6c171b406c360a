import { factsOf } from "#lib/console/stored-facts.ts";
import { largestPemBytes, mentionsPrivateKey } from "#lib/pki/pem.ts";

/** The facts of the certificates in the request's text: what a draft shows before it is saved. Stores nothing. */
export async function describeCertificates(request: Request) {
  if (Number(request.headers.get("content-length") ?? largestPemBytes + 1) > largestPemBytes) return new Response(null, { status: 413 });
  const text = await request.text();
  // The page leaves keys out; one that comes all the same is not worked on, so that this never becomes a way in for them.
  return mentionsPrivateKey(text) ? [] : factsOf(text);
}
