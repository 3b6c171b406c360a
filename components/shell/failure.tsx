"use client";

import { MessagePage } from "#components/shell/message-page.tsx";
import { Button } from "#components/ui/button.tsx";

/** What stands in the place of a page that could not be made. */
export function Failure({ error, retry }: { error: unknown; retry(): void }) {
  const digest = typeof error === "object" && error !== null && "digest" in error ? String(error.digest) : null;
  return (
    <MessagePage
      title="This page could not be loaded"
      action={
        <Button variant="primary" onClick={retry}>
          Try again
        </Button>
      }
    >
      <p>Nothing was changed. The sensor goes on serving every site as it was last saved.</p>
      <p>
        If it happens again, look at the console’s log{digest && <> for {<code className="font-mono text-ink">{digest}</code>}</>}: it holds
        the reason.
      </p>
    </MessagePage>
  );
}
