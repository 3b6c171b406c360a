import type { Metadata } from "next";
import { removeWebhookAction, setWebhookAction, testWebhookAction } from "#app/settings/certificates/actions.ts";
import { CertificatesPanel } from "#components/certificate/certificates-panel.tsx";
import { PageHeader } from "#components/shell/page-header.tsx";
import { inChosenTenant } from "#lib/console/access.ts";
import { loadCertificates } from "#lib/console/load-certificates.ts";
import { openPage } from "#lib/console/page.ts";

export const metadata: Metadata = { title: "Certificates" };

const actions = { set: setWebhookAction, remove: removeWebhookAction, test: testWebhookAction };

export default async function CertificatesPage() {
  const context = await openPage(inChosenTenant("Read-Only"), null);
  return (
    <>
      <PageHeader title="Certificates" />
      <CertificatesPanel view={await loadCertificates(context)} nowMs={context.now.getTime()} actions={actions} />
    </>
  );
}
