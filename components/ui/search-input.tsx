import { Search } from "lucide-react";
import type { ComponentProps } from "react";
import { TextInput } from "#components/ui/text-input.tsx";

/** A text to search for, with a glass in front; `onSearch` hears every change. */
export function SearchInput({ onSearch, ...props }: ComponentProps<typeof TextInput> & { onSearch(text: string): void }) {
  return (
    <span className="relative block">
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-quiet" />
      <TextInput {...props} type="search" onChange={(event) => onSearch(event.currentTarget.value)} className="pl-8" />
    </span>
  );
}
