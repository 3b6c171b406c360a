import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { createFinePace, type Pace } from "#lib/pki/pace.ts";

/** So many CAs take half a millisecond. */
const mostAtOnce = 20;

/**
 * A context that trusts exactly these CAs (PEM), each of them an anchor in its own right: only `createSecureContext` obeys
 * `allowPartialTrustChain`, without which an intermediate alone anchors nothing. An empty list stays a list and trusts nobody:
 * without `ca` the public roots would judge. Large bundles are loaded in slices, and nobody has the context before all is in it.
 */
export async function createTrustContext(
  options: Omit<SecureContextOptions, "ca" | "allowPartialTrustChain">,
  authorities: readonly string[],
  pace: Pace = createFinePace(),
): Promise<SecureContext> {
  const context = createSecureContext({ ...options, ca: authorities.slice(0, mostAtOnce), allowPartialTrustChain: true });
  for (const pem of authorities.slice(mostAtOnce)) {
    await pace.rest();
    addAuthority(context, pem);
  }
  return context;
}

/**
 * What Node itself calls for each entry of `ca` (lib/internal/tls/secure-context.js, since version 0.10); its types leave it
 * open. Were it gone this would throw, and the site's credentials count as unusable.
 */
function addAuthority({ context }: SecureContext, pem: string): void {
  (context as { addCACert(pem: string): void }).addCACert(pem);
}
