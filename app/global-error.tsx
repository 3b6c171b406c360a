"use client";

import "#app/globals.css";
import { MessagePage } from "#components/shell/message-page.tsx";

/** Stands in for everything when not even the frame of the pages could be made; built ahead, so nothing on it needs a script. */
export default function GlobalError() {
  return (
    <html lang="en" data-theme="system">
      <head>
        <title>Tessera</title>
      </head>
      <body>
        <main>
          <MessagePage title="The console could not answer" action={<a href="/settings/sites">Go to Sites</a>}>
            <p>Nothing was changed. The sensor goes on serving every site as it was last saved.</p>
            <p>If it happens again, look at the console’s log: it holds the reason.</p>
          </MessagePage>
        </main>
      </body>
    </html>
  );
}
