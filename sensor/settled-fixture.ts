/** Resolves once the number has stopped growing. */
export async function settled(read: () => number): Promise<number> {
  let last = -1;
  while (read() !== last || last === 0) {
    last = read();
    await new Promise((done) => setTimeout(done, 100));
  }
  return last;
}
