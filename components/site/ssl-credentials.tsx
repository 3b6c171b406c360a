"use client";

import { useState } from "react";
import { useController } from "react-hook-form";
import { useSite } from "#components/site/site-form-context.ts";
import { SslCredentialsDialog } from "#components/site/ssl-credentials-dialog.tsx";
import { StoredCredentials } from "#components/site/stored-credentials.tsx";
import { Button } from "#components/ui/button.tsx";

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
      <SslCredentialsDialog
        isOpen={isOpen}
        draft={field.value.change === "replace" ? field.value.text : ""}
        onApply={(text) => {
          field.onChange({ change: "replace", text });
          setIsOpen(false);
        }}
        onClose={() => setIsOpen(false)}
      />
    </>
  );
}
