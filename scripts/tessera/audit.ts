import { type Command, done, failed, misunderstood } from "#scripts/tessera/command.ts";

export const verifyAudit: Command = {
  name: "audit verify",
  parameters: "[--head HASH]",
  summary: "finds a row of the audit log that is missing, altered or cut; HASH is a head that the console once logged",
  run: async (words, { store }) => {
    const [option, head] = words;
    if (words.length !== 0 && (words.length !== 2 || option !== "--head")) return null;
    if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) return misunderstood("A head has 64 characters from 0 to 9 and a to f.");
    const { rows, newest, faults } = await store.audit.verify(head);
    if (faults.length > 0) return failed(["The audit log is not whole:", ...shorten(faults)].join("\n"));
    if (newest === null) return done("The audit log is empty.");
    const held = head === undefined ? "" : " It holds everything up to the head that you named.";
    return done(`The audit log is whole: ${rows} rows, newest ${newest.id} with the head ${newest.hash}.${held}`);
  },
};

function shorten(faults: readonly string[]): string[] {
  const shown = faults.slice(0, 20).map((fault) => `  ${fault}`);
  return faults.length > shown.length ? [...shown, `  … and ${faults.length - shown.length} more.`] : shown;
}
