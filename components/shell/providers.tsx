"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Clock } from "#components/ui/clock.tsx";
import { ToastProvider } from "#components/ui/toast.tsx";

/** What every page has around it: the query client, the clock and room for toasts. */
export function Providers({ now, children }: { now: number; children: ReactNode }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Clock now={now}>
        <ToastProvider>{children}</ToastProvider>
      </Clock>
    </QueryClientProvider>
  );
}

// The console is on this machine: a browser that calls itself offline reaches it all the same.
function createQueryClient() {
  return new QueryClient({ defaultOptions: { queries: { networkMode: "always" }, mutations: { networkMode: "always" } } });
}
