"use client";

import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { type ReactNode, useRef } from "react";
import { classes } from "#components/ui/classes.ts";

type DialogProps = {
  title: string;
  description?: ReactNode;
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
  /** The buttons, the one that does the work last. */
  footer: ReactNode;
  isWide?: boolean;
  children?: ReactNode;
};

/** A modal question. The first control inside takes the focus; on closing it goes back to where it was. */
export function Dialog({ title, description, isOpen, onOpenChange, footer, isWide = false, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="fixed inset-0 z-40 bg-shade transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <BaseDialog.Popup
          ref={popup}
          initialFocus={() => popup.current?.querySelector<HTMLElement>("input:not([type=file]), textarea, select") ?? true}
          className={classes(
            "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col",
            "rounded-card border border-line bg-surface shadow-overlay transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0",
            isWide ? "max-w-[45rem]" : "max-w-[30rem]",
          )}
        >
          <div className="grid min-h-0 gap-3 overflow-y-auto p-4 sm:p-6">
            <BaseDialog.Title className="text-section font-semibold">{title}</BaseDialog.Title>
            {description && <BaseDialog.Description className="text-quiet">{description}</BaseDialog.Description>}
            {children}
          </div>
          <div className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3 sm:px-6">{footer}</div>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
