import { readFileSync } from "node:fs";

/** One thing that the reader of a tutorial does or sees, in the page's order. */
export type TutorialStep =
  | { does: "run"; script: string; output: string | null }
  | { does: "press" | "tick" | "untick" | "read"; name: string }
  | { does: "type"; text: string; name: string }
  | { does: "paste"; command: string; name: string };

const fence = /^```(\w*)\n([\s\S]*?)^```$/m;

const sentences: [RegExp, (first: string, second: string) => TutorialStep][] = [
  [/^Press \*\*(.+)\*\*\.$/, (name) => ({ does: "press", name })],
  [/^Tick \*\*(.+)\*\*\.$/, (name) => ({ does: "tick", name })],
  [/^Untick \*\*(.+)\*\*\.$/, (name) => ({ does: "untick", name })],
  [/^Type `(.+)` into \*\*(.+)\*\*\.$/, (text, name) => ({ does: "type", text, name })],
  [/^Paste what `(.+)` prints into \*\*(.+)\*\*\.$/, (command, name) => ({ does: "paste", command, name })],
  [/^The page says \*\*(.+)\*\*\.$/, (name) => ({ does: "read", name })],
];

/** Reads a tutorial: shell blocks, what they print (the `text` block that follows), and the numbered steps, which must be of the known forms. */
export function readTutorial(file: string, replacements: Record<string, string | number>): TutorialStep[] {
  let text = readFileSync(file, "utf8");
  for (const [from, to] of Object.entries(replacements)) text = text.replaceAll(from, String(to));
  const steps: TutorialStep[] = [];
  for (let found = fence.exec(text); ; found = fence.exec(text)) {
    steps.push(...numberedSteps(text.slice(0, found?.index)));
    if (!found) return steps;
    const [whole, language, content = ""] = found;
    const last = steps.at(-1);
    if (language === "sh") steps.push({ does: "run", script: content, output: null });
    else if (language === "text" && last?.does === "run") last.output = content;
    else throw new Error(`${file}: a block that is neither run nor the output of one: ${whole}`);
    text = text.slice(found.index + whole.length);
  }
}

function numberedSteps(prose: string): TutorialStep[] {
  return [...prose.matchAll(/^\d+\. (.*)$/gm)].map(([, sentence = ""]) => {
    for (const [form, make] of sentences) {
      const found = form.exec(sentence);
      if (found) return make(found[1] ?? "", found[2] ?? "");
    }
    throw new Error(`A step that no test can take: ${sentence}`);
  });
}
