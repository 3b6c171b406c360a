import type { Readable } from "node:stream";

/**
 * Puts the small parts of a body together before they are kept. What waits is bounded in bytes, but each part costs Node
 * some two hundred more: a client that sends its body byte by byte to an origin that takes nothing would hold far more
 * memory than it sends.
 */
export function compactBody(body: Readable): void {
  const push = body.push.bind(body);
  let block = nothing;
  let used = 0;
  let timer: NodeJS.Immediate | NodeJS.Timeout | null = null;

  body.push = (part: Buffer | null): boolean => {
    if (part === null || part.length >= smallest) {
      flush();
      return push(part);
    }
    if (used + part.length > block.length) {
      flush();
      block = Buffer.allocUnsafeSlow(blockSize);
    }
    used += part.copy(block, used);
    // At once where the reader keeps up; where it does not, more will come.
    timer ??= body.readableLength === 0 ? setImmediate(flush) : setTimeout(flush, untakenMs);
    return body.readableLength + used < body.readableHighWaterMark;
  };

  function flush(): void {
    if (timer !== null) cancel(timer);
    timer = null;
    if (used === 0) return;
    const whole = block.subarray(0, used);
    block = block.subarray(used);
    used = 0;
    push(whole);
  }
}

const nothing = Buffer.alloc(0);
const smallest = 512;
const blockSize = 4_096;
const untakenMs = 20;

function cancel(timer: NodeJS.Immediate | NodeJS.Timeout): void {
  if ("refresh" in timer) clearTimeout(timer);
  else clearImmediate(timer);
}
