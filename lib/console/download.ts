/** An answer that the browser keeps as a file; `name` has no character that a header or a file system would mind. */
export function download(name: string, type: string, parts: AsyncGenerator<string>): Response {
  return new Response(streamOf(parts), {
    headers: { "Content-Type": type, "Content-Disposition": `attachment; filename="${name}"`, "Cache-Control": "no-store" },
  });
}

/** One line of RFC 4180, each cell quoted. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${inert(cell).replaceAll('"', '""')}"`).join(",")}\r\n`;
}

/** A spreadsheet runs a cell that begins like this as a formula, quoted or not: an apostrophe makes it text. */
function inert(cell: string): string {
  return /^[\s\0]*[=+\-@＝＋－＠|%]/u.test(cell) || /^[\t\r\n]/.test(cell) ? `'${cell}` : cell;
}

/** Read as fast as the browser takes it: the log may be longer than fits in memory. */
function streamOf(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => void (await lines.return(undefined)),
  });
}
