import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { connection } from "next/server";
import type { Access } from "#lib/console/access.ts";
import { noSession } from "#lib/console/context.ts";
import { pathHeader, signInPath } from "#lib/console/sign-in-path.ts";

/** The one way into the product for a page: whoever is not signed in goes to sign in and comes back, others find nothing. */
export async function openPage<Input, Context>(access: Access<Input, Context>, input: Input): Promise<Context> {
  await connection();
  const opened = await access.open(input);
  if (opened.ok) return opened.value;
  if (opened.problems[0]?.code === noSession.code) redirect(signInPath((await headers()).get(pathHeader)));
  notFound();
}
