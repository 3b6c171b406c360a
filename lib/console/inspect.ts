import { z } from "zod";
import { createTurns, type Passed } from "#lib/console/turns.ts";
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
export async function inspect(personId: string, request: Request, now: Date): Promise<Inspection | Response> {
  const length = request.headers.get("content-length");
  if (length === null || Number(length) > largestBody) return refusal(413);
  const input = inspectInput.safeParse(await bodyOf(request));
  if (!input.success) return refusal(400);
  const { field, text } = input.data;
  const { signal } = request;
  try {
    const asker = { group: personId, key: field };
    const turn = await turns.take(asker, signal, () => inspectText(field, text, now, createPace(signal)));
    return turn.isTaken ? turn.value : passedOver(turn.reason);
  } catch (thrown) {
    if (signal.aborted) return refusal(499);
    throw thrown;
  }
}

/** A page may have all its fields read at once; of each the newest text waits, and people take turns. */
const turns = createTurns({ most: 20 });

function passedOver(reason: Passed): Response {
  if (reason === "gone") return refusal(499);
  const [status, message] = reason === "busy" ? ([429, busy] as const) : ([409, superseded] as const);
  return Response.json({ message }, { status, headers });
}

const busy =
  "Many texts are being read at the moment, so this one was not. It is still here, and Save checks it: change it or try in a moment.";
const superseded =
  "A newer text of this field is being read for you elsewhere, so this one was not. Save checks it: change it to have it read here.";

/** Null for what is no JSON: the parser's own message would quote it. */
async function bodyOf(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return null;
  }
}

function refusal(status: 400 | 413 | 499): Response {
  return new Response(null, { status, headers });
}

const headers = { "Cache-Control": "no-store" };
