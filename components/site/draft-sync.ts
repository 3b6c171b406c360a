import type { UseFormReturn } from "react-hook-form";
import { mergeField } from "#components/site/draft-merge.ts";
import { isAbout } from "#components/site/form-problems.ts";
import type { Problem } from "#lib/site/problem.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

type Form = UseFormReturn<SiteDraft>;

/**
 * Fills the form with what is stored now and puts what was typed over `basis` on top of it again: what was typed while
 * a save was under way, or before somebody else saved.
 */
export function keepTyping(form: Form, basis: SiteDraft, stored: SiteDraft): void {
  const typed = structuredClone(form.getValues());
  form.reset(stored);
  for (const field of Object.keys(typed) as (keyof SiteDraft)[]) {
    const merged = mergeField(field, basis, typed, stored);
    if (JSON.stringify(merged) !== JSON.stringify(stored[field])) form.setValue(field, merged, { shouldDirty: true });
  }
}

/** Drops what the server said of a field with the first change of that field: it was about the old value. */
export function forgetChanged(form: Form, setFound: (change: (found: Problem[]) => Problem[]) => void): () => void {
  return form.subscribe({
    formState: { values: true },
    callback: ({ name }) => {
      const field = name?.split(".")[0];
      if (field) setFound((found) => without(found, field));
    },
  });
}

function without(found: Problem[], field: string): Problem[] {
  const rest = found.filter((problem) => !isAbout(problem, field));
  return rest.length === found.length ? found : rest;
}
