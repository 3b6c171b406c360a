import type { WebhookOutcome } from "#lib/site/webhook-outcome.ts";
import type { Connection } from "#lib/store/connection.ts";
import { addNotices, type ExpiryNotice, listNotices, removeNotices } from "#lib/store/expiry-notices.ts";
import { type SeenClient, type SeenClientsFilter, seenClients } from "#lib/store/ledger-clients.ts";
import {
  addDeliveries,
  dueDeliveries,
  type NoticePlace,
  type PendingDelivery,
  pendingPlaces,
  recordAttempt,
  type WebhookDelivery,
  withdrawDeliveries,
} from "#lib/store/webhook-deliveries.ts";

/** What one look at all certificates changes: all of it is written, or nothing. */
export type NoticeChange = {
  given: readonly ExpiryNotice[];
  forgotten: readonly ExpiryNotice[];
  messages: readonly { id: string; tenantId: string; body: string; places: NoticePlace[] }[];
  /** Ids of messages whose reason is gone. */
  withdrawn: readonly string[];
};

/** What the sensor remembers of notices and of the messages that carry them. */
export type NoticeWriter = {
  list(): Promise<ExpiryNotice[]>;
  clients(filter: SeenClientsFilter): Promise<SeenClient[]>;
  pending(): Promise<{ id: string; tenantId: string; places: NoticePlace[] }[]>;
  write(change: NoticeChange, now: Date): Promise<void>;
  due(now: Date): Promise<PendingDelivery[]>;
  /** Answers what became of the message; null for one that does not wait any more. */
  tried(id: string, outcome: WebhookOutcome, now: Date): Promise<WebhookDelivery["state"] | null>;
};

export function noticeWriterOf(sensorDb: Connection): NoticeWriter {
  return {
    list: async () => sensorDb.read((queries) => listNotices(queries)),
    clients: async (filter) => sensorDb.readTogether((queries) => seenClients(queries, filter)),
    pending: async () => sensorDb.read(pendingPlaces),
    write: async (change, now) =>
      sensorDb.write((tx) => {
        removeNotices(tx, change.forgotten);
        addNotices(tx, change.given);
        withdrawDeliveries(tx, change.withdrawn);
        addDeliveries(tx, change.messages, now);
      }),
    due: async (now) => sensorDb.read((queries) => dueDeliveries(queries, now)),
    tried: async (id, outcome, now) => sensorDb.write((tx) => recordAttempt(tx, id, outcome, now)),
  };
}
