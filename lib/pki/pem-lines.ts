/** The lines of a text by any of the three line ends. Runs in a browser. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/**
 * Whether a private key is meant to be in the text, however broken or commented out its block is: such text must
 * never be stored or shown.
 */
export function mentionsPrivateKey(text: string): boolean {
  return linesOf(text).some((line) => line.includes("PRIVATE KEY") && (line.includes("BEGIN") || line.includes("END")));
}
