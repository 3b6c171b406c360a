import { ForeignText } from "#components/activity/foreign-text.tsx";
import type { Fact } from "#components/ui/facts.tsx";
import type { PresentedView } from "#lib/console/activity-view.ts";

type Presented = { certificate: PresentedView | null; fingerprint: string | null; subject: string | null };

/** What a presented certificate says, whether it was accepted or not. */
export function presentedFacts({ certificate, fingerprint, subject }: Presented): Fact[] {
  if (fingerprint === null) return [];
  const print: Fact = { label: "SHA-256", value: fingerprint, isMono: true, copy: fingerprint };
  if (certificate === null)
    return [
      { label: "Subject", value: <ForeignText>{subject || "none"}</ForeignText> },
      { label: "Certificate", value: "not kept: it was too large, or could not be read" },
      print,
    ];
  const { issuer, serial, notBefore, notAfter, names, purposes, key, isCa } = certificate;
  return [
    { label: "Subject", value: <ForeignText>{certificate.subject || "none"}</ForeignText> },
    ...(names === "" ? [] : [{ label: "Names", value: <ForeignText>{names}</ForeignText> }]),
    { label: "Issuer", value: <ForeignText>{issuer === certificate.subject ? "itself" : issuer || "none"}</ForeignText> },
    { label: "Valid", value: `${minute(notBefore)} to ${minute(notAfter)} UTC` },
    { label: "For", value: <ForeignText>{[isCa ? "a CA" : "", purposes ?? "no restriction"].filter(Boolean).join(", ")}</ForeignText> },
    { label: "Key", value: key },
    { label: "Serial number", value: serial, isMono: true },
    print,
  ];
}

/** What to call whoever presented it. */
export function presentedName({ certificate, fingerprint, subject }: Presented): string {
  if (fingerprint === null) return "No certificate";
  return certificate?.name ?? (subject?.replace(/^CN=/, "") || "A certificate without a name");
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}
