"use client";

import type { ReactNode } from "react";
import { appendPem, pemTextOf } from "#components/site/pem-file.ts";
import { FileDrop } from "#components/ui/file-drop.tsx";
import { Textarea } from "#components/ui/textarea.tsx";

type PemTextareaProps = {
  name: string;
  value: string;
  onChange: (text: string) => void;
  rows?: number;
  /** Buttons that belong to the box. */
  children?: ReactNode;
};

/** A box for PEM: typed, pasted, dropped or chosen; files are added after what is there. */
export function PemTextarea({ name, value, onChange, rows = 8, children }: PemTextareaProps) {
  return (
    <div className="grid gap-2">
      <FileDrop onFiles={(files) => onChange(files.map(pemTextOf).reduce(appendPem, value))}>
        <Textarea
          isMono
          name={name}
          rows={rows}
          value={value}
          placeholder="-----BEGIN CERTIFICATE-----"
          onChange={(event) => onChange(event.target.value)}
        />
      </FileDrop>
      {children && <div className="flex flex-wrap gap-2">{children}</div>}
    </div>
  );
}
