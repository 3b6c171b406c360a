import { Transform } from "node:stream";

/**
 * Passes a body on while it is within `limit` bytes, counted as they arrive; after `onOver` nothing passes any more. Its end
 * passes only when `isWhole` says that the client has sent it: a body broken off must not look whole to the origin.
 */
export function createBodyLimit(limit: number, { onOver, isWhole }: { onOver: () => void; isWhole: () => boolean }): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.length;
      // Without its callback the stream stands still: neither these bytes nor an end reach the origin.
      if (size > limit) onOver();
      else callback(null, chunk);
    },
    flush(callback) {
      if (isWhole()) callback();
    },
  });
}
