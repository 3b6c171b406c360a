import { generateKeyPairSync } from "node:crypto";
import { createAuthority, generateKeys, type Identity } from "#e2e/pki/authority.ts";
import { largestPemBytes } from "#lib/pki/pem-size.ts";

/** A kind of CA bundle; `make` answers its certificates as PEM, with names that no other call gave. */
export type Bundle = { name: string; make: () => Promise<string[]> };

/** Makes bundles out of a few keys: what reading a certificate costs does not depend on who else has its key. */
export function createBundles(): Bundle[] {
  const keys = {
    rsa2048: Array.from({ length: 4 }, () => generateKeys("RSA-2048")),
    rsa4096: Array.from({ length: 4 }, () => generateKeyPairSync("rsa", { modulusLength: 4_096 })),
    ec: Array.from({ length: 4 }, () => generateKeys("P-256")),
  };
  let made = 0;

  async function make(kinds: Identity["keys"][][], count: number): Promise<string[]> {
    const authorities = Array.from({ length: count }, (_, index) => {
      const kind = kinds[index % kinds.length] ?? keys.ec;
      return createAuthority({ commonName: `Partner CA ${++made}`, keys: kind[index % kind.length] });
    });
    return (await Promise.all(authorities)).map(({ certificate }) => certificate);
  }

  return [
    { name: "150 CAs: RSA 2048, RSA 4096, P-256", make: () => make([keys.rsa2048, keys.rsa4096, keys.ec], 150) },
    { name: "200 CAs, the most: RSA 2048", make: () => make([keys.rsa2048], 200) },
    { name: "256 KB, the most: RSA 4096", make: async () => fitting(await make([keys.rsa4096], 160)) },
  ];
}

function fitting(certificates: string[]): string[] {
  const longest = Math.max(...certificates.map(({ length }) => length));
  return certificates.slice(0, Math.floor(largestPemBytes / longest));
}
