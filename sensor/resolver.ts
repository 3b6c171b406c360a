import { lookup } from "node:dns/promises";

/** The addresses of a host name as the system knows them, in its order; rejects with the system's error. */
export type Resolve = (hostName: string) => Promise<string[]>;

/**
 * Asks once for all who wait for the same name: the system answers few questions at a time (libuv keeps half of its threads
 * for them), and a name whose server is silent must not take every place. Nothing is kept: who comes later asks anew.
 */
export function createResolver(ask: Resolve = askSystem): Resolve {
  const asked = new Map<string, Promise<string[]>>();
  return (hostName) => {
    const answer = asked.get(hostName) ?? ask(hostName).finally(() => asked.delete(hostName));
    asked.set(hostName, answer);
    return answer;
  };
}

async function askSystem(hostName: string): Promise<string[]> {
  const found = await lookup(hostName, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}
