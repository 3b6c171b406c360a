import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";

const types: Record<string, string> = { ".js": "application/javascript; charset=UTF-8", ".css": "text/css; charset=UTF-8" };

/** The best first. Over plain HTTP and through some proxies a browser takes gzip alone. */
const encodings = [
  { name: "br", ending: ".br", isTaken: /(?:^|,)\s*br\s*(?:,|$)/ },
  { name: "gzip", ending: ".gz", isTaken: /(?:^|,)\s*gzip\s*(?:,|$)/ },
];

/**
 * Answers for the scripts and styles of a build that lie packed in its folder `static`, and says whether it did. Only names
 * that were there at the start are known, each as it stands in a page; everything else is Next's to answer.
 */
export function createPackedFiles(folder: string): (request: IncomingMessage, response: ServerResponse) => boolean {
  const packings = encodings.map((encoding) => ({ ...encoding, files: readPacked(folder, encoding.ending) }));
  return ({ method, url = "", headers }, response) => {
    if (method !== "GET" && method !== "HEAD") return false;
    // RFC 9110 section 12.5.3: without the word a client may not be sent it; one that weighs it is left to Next.
    const taken = String(headers["accept-encoding"] ?? "");
    const packing = packings.find(({ isTaken, files }) => isTaken.test(taken) && files.has(url));
    const file = packing?.files.get(url);
    if (packing === undefined || file === undefined) return false;
    response.writeHead(200, {
      "Content-Type": file.type,
      "Content-Encoding": packing.name,
      "Content-Length": file.content.length,
      // The name changes with the content.
      "Cache-Control": "public, max-age=31536000, immutable",
      Vary: "Accept-Encoding",
    });
    response.end(method === "HEAD" ? undefined : file.content);
    return true;
  };
}

type Packed = { type: string; content: Buffer };

function readPacked(folder: string, ending: string): ReadonlyMap<string, Packed> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
  return new Map(
    names.flatMap((name): [string, Packed][] => {
      const own = name.slice(0, -ending.length).split(path.sep).join("/");
      const type = types[path.extname(own)];
      return type === undefined ? [] : [[`/_next/static/${own}`, { type, content: readFileSync(path.join(folder, name)) }]];
    }),
  );
}
