import { SentenceWithNames } from "#components/activity/foreign-text.tsx";
import type { Explanation } from "#lib/site/explanation.ts";

/** What a verdict means and what to do about it; the sentence itself may stand elsewhere already. */
export function ExplanationNote({ explanation, isSentenceShown = true }: { explanation: Explanation; isSentenceShown?: boolean }) {
  const { sentence, nextStep } = explanation;
  return (
    <div className="grid max-w-[84ch] gap-1.5">
      {isSentenceShown && (
        <p>
          <SentenceWithNames>{sentence}</SentenceWithNames>
        </p>
      )}
      <p>
        <span className="font-medium">Next step:</span> <SentenceWithNames>{nextStep}</SentenceWithNames>
      </p>
    </div>
  );
}
