"use client";

import { useWatch } from "react-hook-form";
import { CheckboxField, TextField } from "#components/site/site-fields.tsx";
import { useSite } from "#components/site/site-form-context.ts";

/** Listener Configuration: which names the site answers to. */
export function ListenerSection() {
  const { form, view } = useSite();
  const hostName = useWatch({ control: form.control, name: "hostName" }).trim() || "shop.example.com";
  const isNew = view.siteId === null;
  return (
    <>
      <TextField
        name="hostName"
        isMono
        isReadOnly={!isNew}
        placeholder={isNew ? "shop.example.com" : undefined}
        help={
          isNew
            ? "The name that clients ask for. It cannot be changed once the site exists."
            : `Fixed after creation: certificates, logs and clients know the site by this name.${view.isReadOnly ? "" : " Add a site for another name."}`
        }
      />
      <CheckboxField
        name="isWildcard"
        help={`Also answers to every name one label below, such as www.${hostName}; a site of its own for such a name goes first.`}
      />
      <CheckboxField
        name="isHttp2Enabled"
        help="Browsers then send many requests over one connection. Clients without HTTP/2 and WebSockets go on over HTTP/1.1; needs SSL/TLS."
      />
    </>
  );
}
