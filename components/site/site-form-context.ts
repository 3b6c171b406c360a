"use client";

import { createContext, use } from "react";
import { isAbout } from "#components/site/form-problems.ts";
import type { SiteForm } from "#components/site/use-site-form.ts";
import type { FieldProblem } from "#components/ui/problem-list.tsx";
import type { Problem } from "#lib/site/problem.ts";

export const SiteFormContext = createContext<SiteForm | null>(null);

/** The form a section is part of. */
export function useSite(): SiteForm {
  const site = use(SiteFormContext);
  if (!site) throw new Error("A section of the site form stands outside the form.");
  return site;
}

/** The problems of a field and of its parts in words, what stops the save first. */
export function useFieldProblems(field: string): FieldProblem[] {
  const problems = useSite().problems.filter((problem) => isAbout(problem, field));
  return problems.map(inWords).sort((a, b) => a.severity.localeCompare(b.severity));
}

/** A problem as the page says it: the PEM block first, where one is meant. */
export function inWords({ message, severity, block }: Problem): FieldProblem {
  return { severity, message: block === undefined ? message : `Block ${block}: ${message}` };
}
