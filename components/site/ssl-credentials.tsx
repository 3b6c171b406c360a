"use client";

import { useState } from "react";
import { useController } from "react-hook-form";
import { useSite } from "#components/site/site-form-context.ts";
import { StoredCredentials } from "#components/site/stored-credentials.tsx";
import { Button } from "#components/ui/button.tsx";
import { lateDialog } from "#components/ui/late-dialog.tsx";

const SslCredentialsDialog = lateDialog(async () => (await import("#components/site/ssl-credentials-dialog.tsx")).SslCredentialsDialog);

/** SSL Credentials: what is stored or drafted as facts, and the dialog that takes new ones. */
export function SslCredentials() {
  const { field } = useController({ control: useSite().form.control, name: "sslCredentials" });
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <StoredCredentials
        name="sslCredentials"
        help="What the site shows to clients: its certificate and the intermediates. The private key is stored with them and never shown."
        change={field.value}
        onChange={field.onChange}
      >
        <Button onClick={() => setIsOpen(true)}>Edit SSL Credentials</Button>
      </StoredCredentials>
      {isOpen && (
        <SslCredentialsDialog
          isOpen
          draft={field.value.change === "replace" ? field.value.text : ""}
          onApply={(text) => {
            field.onChange({ change: "replace", text });
            setIsOpen(false);
          }}
          onClose={() => setIsOpen(false)}
        />
      )}
    </>
  );
}
