import { SentenceWithNames } from "#components/activity/foreign-text.tsx";
import type { Actor, Explanation } from "#lib/site/explanation.ts";

const nextFor: Record<Actor, string> = {
  partner: "Next step, for the client’s owner:",
  you: "Next step, for you:",
  origin: "Next step, for the origin’s operator:",
  unclear: "Next step:",
  nobody: "Next step:",
};

/** What a verdict means and what to do about it; the sentence itself may stand elsewhere already. */
export function ExplanationNote({ explanation, isSentenceShown = true }: { explanation: Explanation; isSentenceShown?: boolean }) {
  const { actor, sentence, nextStep } = explanation;
  return (
    <div className="grid max-w-[84ch] gap-1.5">
      {isSentenceShown && (
        <p>
          <SentenceWithNames>{sentence}</SentenceWithNames>
        </p>
      )}
      <p>
        <span className="font-medium">{nextFor[actor]}</span> <SentenceWithNames>{nextStep}</SentenceWithNames>
      </p>
    </div>
  );
}
