"use client";

import { FileUp } from "lucide-react";
import { type DragEvent, type ReactNode, use, useId, useRef, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { FieldContext } from "#components/ui/field-context.ts";

/** A file as chosen or dropped: its bytes, and its text where the bytes are UTF-8 (null: a binary file). */
export type ReadFile = { name: string; bytes: Uint8Array<ArrayBuffer>; text: string | null };

type FileDropProps = {
  onFiles(files: ReadFile[]): void;
  /** A larger file is not read; the sentence about it stands beside the button. */
  maxBytes?: number;
  isDisabled?: boolean;
  accept?: string;
  /** The control that the files' text goes into. */
  children: ReactNode;
};

/** A control that takes files: dropped on it or picked with "Choose file". */
export function FileDrop({ onFiles, maxBytes = 1_048_576, isDisabled = false, accept, children }: FileDropProps) {
  const field = use(FieldContext);
  const buttonId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [refusal, setRefusal] = useState("");
  const isOff = isDisabled || field?.isDisabled;

  async function take(files: File[]) {
    const tooLarge = files.find((file) => file.size > maxBytes);
    setRefusal(tooLarge ? `${tooLarge.name} is larger than ${Math.floor(maxBytes / 1_024)} KB and was not read.` : "");
    if (!tooLarge && files.length > 0) onFiles(await Promise.all(files.map(readFile)));
  }
  function isOfFiles(event: DragEvent) {
    // A fieldset that is disabled stops controls, not what is dropped on them.
    return !isOff && !event.currentTarget.matches(":disabled *") && event.dataTransfer.types.includes("Files");
  }
  function drop(event: DragEvent) {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    setOver(false);
    void take([...event.dataTransfer.files]);
  }
  function dragOver(event: DragEvent) {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    setOver(true);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut of the button below.
    <div
      onDrop={drop}
      onDragOver={dragOver}
      onDragLeave={() => setOver(false)}
      className={isOver ? "rounded-control ring-2 ring-accent" : undefined}
    >
      {children}
      <div data-editing className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-quiet">
        <span>Paste, drop a file, or</span>
        <Button
          id={buttonId}
          aria-labelledby={field ? `${buttonId} ${field.labelId}` : undefined}
          disabled={isOff}
          onClick={() => input.current?.click()}
          className="min-h-7 px-2 py-0.5"
        >
          <FileUp aria-hidden className="size-3.5" />
          Choose file
        </Button>
        <span role="status" className="min-w-0 text-danger wrap-anywhere">
          {refusal}
        </span>
        <input
          ref={input}
          type="file"
          multiple
          accept={accept}
          aria-hidden
          tabIndex={-1}
          className="hidden"
          onChange={(event) => {
            void take([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
      </div>
    </div>
  );
}

async function readFile(file: File): Promise<ReadFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { name: file.name, bytes, text: decode(bytes) };
}

function decode(bytes: Uint8Array<ArrayBuffer>): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
