"use server";

import { onSite, onSiteOrIn } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { deleteSite, deleteSiteInput } from "#lib/console/delete-site.ts";
import { refreshing } from "#lib/console/refreshing.ts";
import { saveSite, saveSiteInput } from "#lib/console/save-site.ts";

export const saveSiteAction = defineAction("site.save", onSiteOrIn("Admin"), saveSiteInput, refreshing("/settings/sites", saveSite));

export const deleteSiteAction = defineAction("site.delete", onSite("Admin"), deleteSiteInput, refreshing("/settings/sites", deleteSite));
