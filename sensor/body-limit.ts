import { Transform } from "node:stream";

/** Passes a body on while it is within `limit` bytes, counted as they arrive; after `onOver` nothing passes any more. */
export function createBodyLimit(limit: number, onOver: () => void): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.length;
      // Without its callback the stream stands still: neither these bytes nor an end reach the origin.
      if (size > limit) onOver();
      else callback(null, chunk);
    },
  });
}
