import fc from "fast-check";
import { type MutatedHello, mutatedHellos } from "#e2e/fuzz/mutated-hello.ts";
import { createOpensslReader, type OpensslReading } from "#e2e/fuzz/openssl-reading.ts";
import { recordedHellos } from "#e2e/fuzz/recorded.ts";
import { count, type Tally } from "#e2e/fuzz/tally.ts";
import { createHelloReader, type HelloReading } from "#sensor/hello.ts";

const seed = 20_261_123;

/** The reader never throws, keeps to its limit, gives every byte back and answers the same however the bytes are cut. */
export function checkReadings(numRuns: number): Tally {
  const tally: Tally = {};
  const limits = fc.oneof(fc.constant(65_536), fc.integer({ min: 16, max: 2_000 }));
  const rule = fc.property(mutatedHellos(recordedHellos), limits, ({ bytes, chunks }, limit) => {
    const whole = read(bytes, [bytes.length], limit);
    const cut = read(bytes, chunks, limit);
    count(tally, whole.kind === "hello" && whole.serverName !== null ? "name" : whole.kind);
    same(cut, whole);
  });
  fc.assert(rule, { seed, numRuns });
  return tally;
}

/** Wherever the reader names a site or says that none was named, OpenSSL reads the very same or refuses the hello. */
export async function checkAgainstOpenssl(numRuns: number): Promise<Tally> {
  const tally: Tally = {};
  const readAsOpenssl = await createOpensslReader();
  const rule = fc.asyncProperty(mutatedHellos(recordedHellos), async ({ bytes }) => {
    const ours = read(bytes, [bytes.length], 65_536);
    const theirs = await readAsOpenssl(bytes);
    count(tally, `${ours.kind} / ${theirs.kind}`);
    if (ours.kind === "hello" && theirs.kind !== "refused") same<OpensslReading>(theirs, asOpenssl(ours.serverName));
  });
  await fc.assert(rule, { seed, numRuns });
  return tally;
}

function asOpenssl(name: string | null): OpensslReading {
  return name === null ? { kind: "nameless" } : { kind: "name", name };
}

function read(bytes: Buffer, chunks: MutatedHello["chunks"], limit: number): HelloReading {
  const reader = createHelloReader(limit);
  let reading: HelloReading = { kind: "incomplete" };
  let at = 0;
  for (let turn = 0; at < bytes.length && reading.kind === "incomplete"; turn += 1) {
    const chunk = bytes.subarray(at, at + (chunks[turn % chunks.length] ?? 1));
    reading = reader.push(chunk);
    at += chunk.length;
    if (reading.kind === "incomplete" && at > limit) throw new Error(`waits with ${at} bytes, more than its ${limit}`);
  }
  if (!reader.bytes().equals(bytes.subarray(0, at))) throw new Error("does not give back what it was given");
  return reading;
}

function same<T>(got: T, wanted: T): void {
  const [one, other] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${one} instead of ${other}`);
}
