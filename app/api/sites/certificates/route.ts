import { describeCertificates } from "#lib/console/describe-certificates.ts";

export function POST(request: Request) {
  return describeCertificates(request);
}
