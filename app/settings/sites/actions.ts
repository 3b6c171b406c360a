"use server";

import { revalidatePath } from "next/cache";
import { runAction } from "#lib/console/action.ts";
import { deleteSite, deleteSiteInput } from "#lib/console/delete-site.ts";
import { destroyKey, destroyKeyInput } from "#lib/console/destroy-key.ts";
import { restoreSite, restoreSiteInput } from "#lib/console/restore-site.ts";
import { saveSite, saveSiteInput } from "#lib/console/save-site.ts";

export async function saveSiteAction(input: unknown) {
  const result = await runAction("site.save", saveSiteInput, saveSite, input);
  if (result.ok) revalidatePath("/settings/sites");
  return result;
}

export async function restoreSiteAction(input: unknown) {
  const result = await runAction("site.restore", restoreSiteInput, restoreSite, input);
  if (result.ok) revalidatePath("/settings/sites", "layout");
  return result;
}

export async function destroyKeyAction(input: unknown) {
  const result = await runAction("key.destroy", destroyKeyInput, destroyKey, input);
  if (result.ok) revalidatePath("/settings/sites", "layout");
  return result;
}

export async function deleteSiteAction(input: unknown) {
  const result = await runAction("site.delete", deleteSiteInput, deleteSite, input);
  if (result.ok) revalidatePath("/settings/sites");
  return result;
}
