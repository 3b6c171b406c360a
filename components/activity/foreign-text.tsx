import type { ReactNode } from "react";

/** Text that strangers chose: isolated, so that a script of the other direction moves nothing beside it, and broken anywhere. */
export function ForeignText({ children }: { children: ReactNode }) {
  return <bdi className="wrap-anywhere">{children}</bdi>;
}

/** A sentence of ours with names in quotes, each of them text that strangers chose. */
export function SentenceWithNames({ children }: { children: string }) {
  return children.split(/(“[^”]*”)/).map((part, index) =>
    part.startsWith("“") ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never move.
      <ForeignText key={index}>{part}</ForeignText>
    ) : (
      part
    ),
  );
}
