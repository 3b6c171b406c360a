"use client";

import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { createPortal } from "react-dom";
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
export function Dialog({ isOpen, ...props }: DialogProps) {
  // Out of whatever form or folded section asks: what stands in there must neither send nor hide it.
  return isOpen ? createPortal(<Modal {...props} />, document.body) : null;
}

/** The browser keeps the focus inside, makes all else inert, and brings the focus back. */
function Modal({ title, description, onOpenChange, footer, isWide = false, children }: Omit<DialogProps, "isOpen">) {
  const [titleId, descriptionId] = [useId(), useId()];
  const dialog = useRef<HTMLDialogElement>(null);
  const isPressedOutside = useRef(false);

  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    shown?.querySelector<HTMLElement>("input:not([type=file]), textarea, select")?.focus();
    return () => shown?.close();
  }, []);

  // What lies outside of it is the dialog's own backdrop. A selection that is drawn out of the dialog does not close it.
  const isOutside = ({ target, currentTarget }: MouseEvent) => target === currentTarget;

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      aria-describedby={description ? descriptionId : undefined}
      // The key is the dialog's own, and what asked for it may listen to it too.
      onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
      onMouseDown={(event) => {
        isPressedOutside.current = isOutside(event);
      }}
      onClick={(event) => isPressedOutside.current && isOutside(event) && onOpenChange(false)}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        onOpenChange(false);
      }}
      // Pressed twice Escape closes it whatever we say.
      onClose={({ currentTarget }) => currentTarget.isConnected && !currentTarget.open && onOpenChange(false)}
      className={classes(
        "m-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] flex-col overscroll-contain open:flex",
        "rounded-card border border-line bg-surface text-ink shadow-overlay transition-opacity duration-100 starting:opacity-0 backdrop:bg-shade",
        isWide ? "max-w-[45rem]" : "max-w-[30rem]",
      )}
    >
      <div className="grid min-h-0 gap-3 overflow-y-auto overscroll-contain p-4 sm:p-6">
        <h2 id={titleId} className="text-section font-semibold">
          {title}
        </h2>
        {description && (
          <p id={descriptionId} className="text-quiet">
            {description}
          </p>
        )}
        {children}
      </div>
      <div className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3 sm:px-6">{footer}</div>
    </dialog>
  );
}
