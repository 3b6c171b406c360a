import { z } from "zod";
import { createPace } from "#lib/pki/pace.ts";
import { type Inspection, inspectText } from "#lib/site/inspection.ts";
import { pemFields } from "#lib/site/pem-field.ts";

/** What the page asks while somebody types into a field of PEM. */
const inspectInput = z.object({ field: z.enum(pemFields), text: z.string() });

/** A text of the largest size a field takes, every byte of it escaped in JSON; the page sends none that is larger. */
const largestBody = 2_000_000;

/**
 * Reads what stands in a field of PEM and says what it is; the text may hold a private key, so nothing of it is stored,
 * logged or answered. Ends its work when the page has let go of the request because something newer was typed.
 */
export async function inspect(request: Request, now: Date): Promise<Inspection | Response> {
  const length = request.headers.get("content-length");
  if (length === null || Number(length) > largestBody) return refusal(413);
  const input = inspectInput.safeParse(await bodyOf(request));
  if (!input.success) return refusal(400);
  try {
    return await inspectText(input.data.field, input.data.text, now, createPace(request.signal));
  } catch (thrown) {
    if (request.signal.aborted) return refusal(499);
    throw thrown;
  }
}

/** Null for what is no JSON: the parser's own message would quote it. */
async function bodyOf(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return null;
  }
}

function refusal(status: 400 | 413 | 499): Response {
  return new Response(null, { status, headers: { "Cache-Control": "no-store" } });
}
