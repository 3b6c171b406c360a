import { AppError } from "#lib/app-error.ts";
import { type AuditHead, auditHead, auditHeadsAfter } from "#lib/store/audit.ts";
import type { Connection } from "#lib/store/connection.ts";

/**
 * A connection to console.db that tells, after each commit, what was added to the audit log since it last told, the rows
 * of other processes too: whoever keeps these hashes elsewhere can prove that the log was cut.
 */
export function announceAudit(connection: Connection, onAppended: (head: AuditHead) => void): Connection {
  let told: number | null = null;

  function tell(): void {
    try {
      for (const head of connection.read(untold)) {
        onAppended(head);
        told = head.id;
      }
    } catch (failure) {
      // The change is committed and must not look failed: the next one tells of this one too.
      if (!(failure instanceof AppError)) throw failure;
    }
  }

  function untold(queries: Parameters<typeof auditHead>[0]): AuditHead[] {
    if (told !== null) return auditHeadsAfter(queries, told);
    const head = auditHead(queries);
    return head ? [head] : [];
  }

  function thenTell<T>(result: T): T {
    tell();
    return result;
  }

  return {
    ...connection,
    write: (work) => thenTell(connection.write(work)),
    attempt: (work) => thenTell(connection.attempt(work)),
  };
}
