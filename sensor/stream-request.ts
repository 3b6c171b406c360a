import { constants, Http2ServerRequest, type ServerHttp2Stream } from "node:http2";

/**
 * Node's HTTP/2 request with two promises of HTTP/1.1's. `complete` is true only once the client has ended its body: Node's
 * own is true after a reset too, and ends the body as if it were whole, which leaves the origin waiting for bytes that the
 * next request on that connection would then supply. And `destroy` ends the sending, not only the listening.
 */
export class StreamRequest extends Http2ServerRequest {
  #isWhole: boolean;

  constructor(...given: ConstructorParameters<typeof Http2ServerRequest>) {
    super(...given);
    const [stream] = given;
    this.#isWhole = stream.endAfterHeaders || this.headers["content-length"] === "0";
    Object.defineProperty(this, "complete", { get: () => this.#isWhole });
    // A stream that is closed ends its body whatever closed it.
    stream.prependOnceListener("end", () => {
      this.#isWhole ||= !stream.closed;
    });
    const refuseTheRest = () => {
      if (!this.#isWhole) refuseRest(stream);
    };
    // To HEAD there is nothing to write, which Node takes as written from the start.
    if (stream.writableEnded) refuseTheRest();
    else stream.once("finish", refuseTheRest);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { stream } = this;
    stream.close(stream.writableEnded ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_INTERNAL_ERROR);
    callback(error);
  }
}

/** After a whole answer the rest of the body is not wanted (RFC 9113 §8.1). Said too early it would overtake the answer's end. */
function refuseRest(stream: ServerHttp2Stream): void {
  if (stream.closed) return;
  if (stream.state.localClose === 1) stream.close(constants.NGHTTP2_NO_ERROR);
  else setTimeout(refuseRest, untilSentMs, stream).unref();
}

const untilSentMs = 10;
