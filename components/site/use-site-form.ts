"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import { type UseFormReturn, useForm } from "react-hook-form";
import { judgeSize } from "#components/site/draft-size.ts";
import { forgetChanged, keepTyping } from "#components/site/draft-sync.ts";
import { forgetHandover, handOver, takeOver } from "#components/site/handover.ts";
import { fetchSiteView } from "#components/site/site-request.ts";
import type { RestoreSite } from "#components/site/use-restore.ts";
import { servingKey } from "#components/site/use-serving.ts";
import { type Undo, type Undone, useUndo } from "#components/site/use-undo.ts";
import type { OriginReport } from "#lib/channel/origin-test.ts";
import type { ClientTest } from "#lib/console/client-test.ts";
import type { SiteView } from "#lib/console/site-view.ts";
import type { CaField, NotCas } from "#lib/site/changes.ts";
import { narrowingOf } from "#lib/site/narrowing.ts";
import { error, hasErrors, type Problem, type Result } from "#lib/site/problem.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

/** The server's part of the page; a route passes its actions in. */
export type SiteActions = {
  save: (input: { siteId: string | null; tenantId: string; basedOn: number | null; draft: SiteDraft }) => Promise<Result<SiteView>>;
  testOrigin: (input: {
    siteId: string | null;
    tenantId: string;
    basedOn: number | null;
    draft: SiteDraft;
  }) => Promise<Result<OriginReport>>;
  remove: (input: { siteId: string; basedOn: number; typedName: string }) => Promise<Result<{ revision: number }>>;
  restore: RestoreSite;
  testClient: (input: ClientTestInput) => Promise<Result<ClientTest[]>>;
};

type ClientTestInput = { siteId: string | null; tenantId: string; authorities: string; client: string };

/** The form with all that surrounds it: what is stored, what was found wrong, and the save. */
export type SiteForm = {
  form: UseFormReturn<SiteDraft>;
  view: SiteView;
  /** What the server said of the draft or of the stored revision, as long as its field is unchanged. */
  problems: Problem[];
  /** Counts refused saves: with each the page moves the focus to the summary. */
  refusals: number;
  /** The revision this page has saved last, null before its first save. */
  savedRevision: number | null;
  isSaving: boolean;
  /** What the fields of CAs hold beside CAs, as far as it was read. */
  notCas: NotCas;
  noteNotCas: (field: CaField, blocks: NotCas[CaField]) => void;
  /** A new site is stored and its own page is on the way. */
  isOpening: boolean;
  save: () => void;
  discard: () => void;
  loadNewer: () => void;
  testClient: SiteActions["testClient"];
  /** Brings back what was saved before this page's last save, where that took access from clients; null where it did not. */
  undo: Undo | null;
  /** What the page's last undo brought back, null before the first. */
  undone: Undone | null;
  /** Lets go of what was typed: the site is gone. */
  abandon: () => void;
  /** Has the sensor try the origin with the form as it stands. */
  testOrigin: (draft: SiteDraft) => Promise<Result<OriginReport>>;
};

/** Keeps one SiteDraft in react-hook-form, saves it, and takes over what the server answers. */
export function useSiteForm(initial: SiteView, actions: SiteActions): SiteForm {
  const router = useRouter();
  const queries = useQueryClient();
  const [view, setView] = useState(initial);
  const [found, setFound] = useState<Problem[]>(initial.warnings);
  const [refusals, setRefusals] = useState(0);
  const [savedRevision, setSavedRevision] = useState(() => takeOver(initial.siteId));
  const [isOpening, setIsOpening] = useState(false);
  const [notCas, setNotCas] = useState<NotCas>({ downstreamMtlsCredentials: null, originCaCertificates: null });
  const form = useForm<SiteDraft>({ defaultValues: initial.draft });
  useEffect(() => forgetChanged(form, setFound), [form]);
  useEffect(forgetHandover, []);

  function refuse(problems: Problem[]) {
    setFound((before) => [...before.filter((old) => !hasErrors([old]) && !problems.some((problem) => isSame(old, problem))), ...problems]);
    setRefusals((count) => count + 1);
  }

  function adopt(next: SiteView) {
    queries.setQueryData(servingKey(next.siteId), next.serving ?? undefined);
    // Asked at once, not with the next turn of the poll; whatever is under way is about the revision before.
    void queries.invalidateQueries({ queryKey: servingKey(next.siteId) });
    setView(next);
    setFound(next.warnings);
  }

  function accept(next: SiteView, submitted: SiteDraft) {
    setSavedRevision(next.revision);
    if (view.siteId === null && next.siteId !== null) {
      handOver(next.siteId, next.revision);
      setIsOpening(true);
      setFound([]);
      form.reset(form.getValues());
      return router.replace(`/settings/sites/${next.siteId}`);
    }
    const isNarrowed = narrowingOf(view.draft, submitted) !== null;
    undo.offer(isNarrowed ? view : null, next);
    adopt(next);
    keepTyping(form, submitted, next.draft);
  }

  function renew(next: SiteView, saved: number | null) {
    setSavedRevision(saved);
    keepTyping(form, view.draft, next.draft);
    adopt(next);
  }

  const saving = useMutation({
    mutationFn: (draft: SiteDraft) => actions.save({ siteId: view.siteId, tenantId: view.tenantId, basedOn: view.revision, draft }),
    onSuccess: (result, draft) => (result.ok ? accept(result.value, draft) : refuse(result.problems)),
    onError: () => refuse([unreachable]),
  });
  const undo = useUndo(actions.restore, { onRefused: refuse, onRestored: (next) => renew(next, next.revision) });
  const loading = useMutation({
    mutationFn: () => fetchSiteView(view.siteId ?? ""),
    onSuccess: (next) => renew(next, savedRevision),
    onError: () => refuse([notLoaded]),
  });

  function submit() {
    const draft = structuredClone(form.getValues());
    const tooLarge = judgeSize(draft);
    if (tooLarge) refuse([tooLarge]);
    else saving.mutate(draft);
  }

  return {
    form,
    view,
    problems: found,
    refusals,
    savedRevision,
    isSaving: saving.isPending,
    notCas,
    noteNotCas: useCallback((field, blocks) => setNotCas((noted) => ({ ...noted, [field]: blocks })), []),
    isOpening,
    save: submit,
    discard: () => {
      form.reset(view.draft);
      setFound(view.warnings);
    },
    loadNewer: () => loading.mutate(),
    testClient: actions.testClient,
    undo: undo.offered,
    undone: undo.undone,
    abandon: () => form.reset(form.getValues()),
    testOrigin: (draft) => actions.testOrigin({ siteId: view.siteId, tenantId: view.tenantId, basedOn: view.revision, draft }),
  };
}

function isSame(a: Problem, b: Problem): boolean {
  return a.path === b.path && a.code === b.code && a.block === b.block;
}

const unreachable = error(
  "",
  "console.unreachable",
  "The console did not answer, so it is not known whether this was saved. What you typed is still here: check the connection and save again.",
);

const notLoaded = error(
  "",
  "console.unreachable",
  "The newer revision could not be loaded. What you typed is still here: try again in a moment.",
);
