"use client";

import "#app/globals.css";
import { GeistSans } from "geist/font/sans";
import { MessagePage } from "#components/shell/message-page.tsx";
import { buttonLook } from "#components/ui/button-look.ts";

/** Stands in for everything when not even the root layout could be rendered. */
export default function GlobalError() {
  return (
    <html lang="en" data-theme="system" className={GeistSans.variable}>
      <head>
        <title>Tessera</title>
      </head>
      <body>
        <main>
          <MessagePage title="The console could not answer" action={<Start />}>
            <p>Nothing was changed. The sensor goes on serving every site as it was last saved.</p>
            <p>If it happens again, look at the console’s log: it holds the reason.</p>
          </MessagePage>
        </main>
      </body>
    </html>
  );
}

// A plain link: whatever the router still holds is given up with the page that failed.
function Start() {
  return (
    <a href="/settings/sites" className={buttonLook("primary")}>
      Go to Sites
    </a>
  );
}
