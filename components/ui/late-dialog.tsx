"use client";

import { type ComponentType, useEffect, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

/**
 * A dialog whose code comes with its first opening: most visits of a page open none. Put it on the page only while it is open.
 * Where its code does not come, a dialog in its place says so; the next opening tries again.
 */
export function lateDialog<Props extends { onClose(): void }>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let kept: ComponentType<Props> | null = null;
  return function LateDialog(props: Props) {
    const [Shown, setShown] = useState(() => kept);
    const [isMissing, setMissing] = useState(false);
    useEffect(() => {
      if (kept) return;
      let isClosed = false;
      load().then(
        (loaded) => {
          kept = loaded;
          if (!isClosed) setShown(() => loaded);
        },
        () => !isClosed && setMissing(true),
      );
      return () => {
        isClosed = true;
      };
    }, []);
    if (Shown) return <Shown {...props} />;
    return isMissing ? <Missing onClose={props.onClose} /> : null;
  };
}

function Missing({ onClose }: { onClose(): void }) {
  return (
    <Dialog
      title="This could not be loaded"
      description="The console does not answer, or it was upgraded since this page was opened. Nothing was changed. Try again in a moment; if that does not help, save what you typed and reload the page."
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      footer={
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      }
    />
  );
}
