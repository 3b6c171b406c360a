/**
 * A failure nobody in the call chain can mend; `code` is stable, `message` is a whole sentence an operator can act on.
 * Thrown anywhere, caught at the edges only: the action wrapper, the route handler, the mains of the processes.
 */
export class AppError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
  }
}
