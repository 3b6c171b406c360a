import { eq } from "drizzle-orm";
import type { TenantRole } from "#lib/account/role.ts";
import type { Result } from "#lib/site/problem.ts";
import {
  changePassword,
  findReset,
  passwordHashOf,
  type Resetter,
  redeemReset,
  resetFromMachine,
  resetPassword,
  resetTwoFactor,
  setChannelAdmin,
  setDeactivated,
} from "#lib/store/account-resets.ts";
import { sessions } from "#lib/store/account-tables.ts";
import type { Authorship } from "#lib/store/audit.ts";
import type { Connection } from "#lib/store/connection.ts";
import { addFirstAdmin, renewSetupLink, setUp } from "#lib/store/first-admin.ts";
import { type Answering, acceptInvitation, findInvitation, invite, withdrawInvitation } from "#lib/store/invitations.ts";
import { listMembers, type Member, type MemberPlace, removeMember, setRole } from "#lib/store/members.ts";
import { findLink, listInvitations, type OneTimeLink } from "#lib/store/one-time-links.ts";
import { getPerson, hasAnyPerson, type Person, personByEmail } from "#lib/store/people.ts";
import { chooseTenant, chosenTenant, listSessions, type OpenSession, revokeSession } from "#lib/store/sessions.ts";
import {
  type Attempt,
  type AttemptSubject,
  auditFailures,
  beginAttempt,
  claimCode,
  countFailure,
  endAttempt,
  forgetFailures,
} from "#lib/store/sign-in-limits.ts";

type Now = Omit<Authorship, "author">;

/** People, what they may, and the ways in: each change in one transaction with its audit row. */
export type Accounts = {
  hasAny(): Promise<boolean>;
  get(userId: string): Promise<Person | null>;
  byEmail(email: string): Promise<Person | null>;
  passwordHash(userId: string): Promise<string | null>;
  changePassword(person: Person, passwordHash: string, sessionId: string, authorship: Authorship): Promise<void>;
  setChannelAdmin(change: { email: string; isChannelAdmin: boolean }, authorship: Authorship): Promise<Result<{ userId: string }>>;
  resetFromMachine(
    reset: { email: string; isTwoFactorReset: boolean; limitSubject: string },
    authorship: Authorship,
  ): Promise<Result<{ token: string; userId: string }>>;
  setup: {
    renewLink(authorship: Authorship): Promise<string | null>;
    isOpen(token: string, now: Date): Promise<boolean>;
    redeem(token: string, admin: { email: string; passwordHash: string }, authorship: Authorship): Promise<Result<{ userId: string }>>;
    addFirstAdmin(admin: { email: string; passwordHash: string }, authorship: Authorship): Promise<Result<{ userId: string }>>;
  };
  members: {
    list(tenantId: string): Promise<Member[]>;
    setRole(place: MemberPlace, role: TenantRole, authorship: Authorship): Promise<Result<null>>;
    remove(place: MemberPlace, authorship: Authorship): Promise<Result<null>>;
    resetPassword(place: MemberPlace, resetter: Resetter): Promise<Result<{ token: string }>>;
    resetTwoFactor(place: MemberPlace, resetter: Resetter): Promise<Result<null>>;
    setDeactivated(place: MemberPlace, isDeactivated: boolean, resetter: Resetter): Promise<Result<null>>;
  };
  invitations: {
    list(tenantId: string, now: Date): Promise<OneTimeLink[]>;
    add(invitation: { tenantId: string; email: string; role: TenantRole }, authorship: Authorship): Promise<Result<{ token: string }>>;
    withdraw(tenantId: string, invitationId: string, authorship: Authorship): Promise<Result<null>>;
    find(token: string, now: Date): Promise<ReturnType<typeof findInvitation>>;
    accept(token: string, answering: Answering, now: Now): Promise<Result<{ userId: string }>>;
  };
  resets: {
    find(token: string, now: Date): Promise<Person | null>;
    redeem(token: string, passwordHash: string, now: Now): Promise<Result<{ userId: string }>>;
  };
  sessions: {
    list(userId: string, now: Date): Promise<OpenSession[]>;
    revoke(userId: string, sessionId: string, authorship: Authorship): Promise<Result<null>>;
    /** Ends a session without a word in the audit log: one that was replaced or must not have been opened. */
    drop(token: string): Promise<void>;
    choose(sessionId: string, tenantId: string): Promise<void>;
    chosen(sessionId: string): Promise<string | null>;
  };
  attempts: {
    begin(subjects: readonly AttemptSubject[], now: Date): Promise<Result<Attempt>>;
    end(attempt: Attempt): Promise<void>;
    count(email: string, address: string | null, now: Date): Promise<void>;
    audit(now: Date): Promise<void>;
    claimCode(userId: string, codeHash: string, now: Date): Promise<boolean>;
  };
};

export function accountsOf(consoleDb: Connection): Accounts {
  return {
    hasAny: async () => consoleDb.read(hasAnyPerson),
    get: async (userId) => consoleDb.read((queries) => getPerson(queries, userId)),
    byEmail: async (email) => consoleDb.read((queries) => personByEmail(queries, email)),
    passwordHash: async (userId) => consoleDb.read((queries) => passwordHashOf(queries, userId)),
    changePassword: async (...change) => consoleDb.write((tx) => changePassword(tx, ...change)),
    setChannelAdmin: async (change, authorship) => consoleDb.attempt((tx) => setChannelAdmin(tx, change, authorship)),
    resetFromMachine: async (reset, authorship) =>
      consoleDb.attempt((tx) => {
        forgetFailures(tx, reset.limitSubject);
        return resetFromMachine(tx, reset, authorship);
      }),
    setup: {
      renewLink: async (authorship) => consoleDb.write((tx) => renewSetupLink(tx, authorship)),
      isOpen: async (token, now) => consoleDb.read((queries) => !hasAnyPerson(queries) && findLink(queries, "setup", token, now) !== null),
      redeem: async (token, admin, authorship) => consoleDb.attempt((tx) => setUp(tx, token, admin, authorship)),
      addFirstAdmin: async (admin, authorship) => consoleDb.attempt((tx) => addFirstAdmin(tx, admin, authorship)),
    },
    members: membersOf(consoleDb),
    invitations: {
      list: async (tenantId, now) => consoleDb.read((queries) => listInvitations(queries, tenantId, now)),
      add: async (invitation, authorship) => consoleDb.attempt((tx) => invite(tx, invitation, authorship)),
      withdraw: async (tenantId, invitationId, authorship) =>
        consoleDb.attempt((tx) => withdrawInvitation(tx, { tenantId, invitationId }, authorship)),
      find: async (token, now) => consoleDb.read((queries) => findInvitation(queries, token, now)),
      accept: async (token, answering, now) => consoleDb.attempt((tx) => acceptInvitation(tx, token, answering, now)),
    },
    resets: {
      find: async (token, now) => consoleDb.read((queries) => findReset(queries, token, now)),
      redeem: async (token, passwordHash, now) => consoleDb.attempt((tx) => redeemReset(tx, token, passwordHash, now)),
    },
    sessions: {
      list: async (userId, now) => consoleDb.read((queries) => listSessions(queries, userId, now)),
      revoke: async (userId, sessionId, authorship) => consoleDb.attempt((tx) => revokeSession(tx, userId, sessionId, authorship)),
      drop: async (token) => consoleDb.write((tx) => void tx.delete(sessions).where(eq(sessions.token, token)).run()),
      choose: async (sessionId, tenantId) => consoleDb.write((tx) => chooseTenant(tx, sessionId, tenantId)),
      chosen: async (sessionId) => consoleDb.read((queries) => chosenTenant(queries, sessionId)),
    },
    attempts: {
      begin: async (subjects, now) => consoleDb.attempt((tx) => beginAttempt(tx, subjects, now)),
      end: async (attempt) => consoleDb.write((tx) => endAttempt(tx, attempt)),
      count: async (email, address, now) => consoleDb.write((tx) => countFailure(tx, email, address, now)),
      audit: async (now) => consoleDb.write((tx) => auditFailures(tx, now)),
      claimCode: async (userId, codeHash, now) => consoleDb.write((tx) => claimCode(tx, userId, codeHash, now)),
    },
  };
}

function membersOf(consoleDb: Connection): Accounts["members"] {
  return {
    list: async (tenantId) => consoleDb.read((queries) => listMembers(queries, tenantId)),
    setRole: async (place, role, authorship) => consoleDb.attempt((tx) => setRole(tx, place, role, authorship)),
    remove: async (place, authorship) => consoleDb.attempt((tx) => removeMember(tx, place, authorship)),
    resetPassword: async (place, resetter) => consoleDb.attempt((tx) => resetPassword(tx, place, resetter)),
    resetTwoFactor: async (place, resetter) => consoleDb.attempt((tx) => resetTwoFactor(tx, place, resetter)),
    setDeactivated: async (place, isDeactivated, resetter) => consoleDb.attempt((tx) => setDeactivated(tx, place, isDeactivated, resetter)),
  };
}
