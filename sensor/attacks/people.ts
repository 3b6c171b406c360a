import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";

/** Everybody's certificates. `publicRoot` stands for a CA that the system trusts, from which anybody can get one. */
export type People = Record<"web" | "partners" | "others" | "publicRoot" | "partner" | "other" | "stranger" | "anybody", Identity>;

export async function createPeople(): Promise<People> {
  const [web, partners, others, publicRoot, nobody] = await Promise.all([
    createAuthority({ commonName: "Web CA" }),
    createAuthority({ commonName: "Partners" }),
    createAuthority({ commonName: "Others" }),
    createAuthority({ commonName: "Public Root" }),
    createAuthority({ commonName: "Nobody's CA" }),
  ]);
  const [partner, other, anybody, stranger] = await Promise.all([
    createClient(partners, { commonName: "partner" }),
    createClient(others, { commonName: "other" }),
    createClient(publicRoot, { commonName: "anybody" }),
    createClient(nobody, { commonName: "stranger" }),
  ]);
  return { web, partners, others, publicRoot, partner, other, stranger, anybody };
}
