"use server";

import { onSite, onSiteOrIn } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { clientTestInput, testClientCertificate } from "#lib/console/client-test.ts";
import { deleteSite, deleteSiteInput } from "#lib/console/delete-site.ts";
import { destroyKey, destroyKeyInput } from "#lib/console/destroy-key.ts";
import { refreshing } from "#lib/console/refreshing.ts";
import { restoreSite, restoreSiteInput } from "#lib/console/restore-site.ts";
import { saveSite, saveSiteInput } from "#lib/console/save-site.ts";
import { testOrigin, testOriginInput } from "#lib/console/test-origin.ts";

const list = "/settings/sites";

export const saveSiteAction = defineAction("site.save", onSiteOrIn("Admin"), saveSiteInput, refreshing(list, saveSite));

export const restoreSiteAction = defineAction("site.restore", onSite("Admin"), restoreSiteInput, refreshing(list, restoreSite, "layout"));

export const destroyKeyAction = defineAction("key.destroy", onSite("Admin"), destroyKeyInput, refreshing(list, destroyKey, "layout"));

export const testOriginAction = defineAction("origin.test", onSiteOrIn("Admin"), testOriginInput, testOrigin);

export const deleteSiteAction = defineAction("site.delete", onSite("Admin"), deleteSiteInput, refreshing(list, deleteSite));

export const testClientAction = defineAction("site.test-client", onSiteOrIn("Admin"), clientTestInput, testClientCertificate);
