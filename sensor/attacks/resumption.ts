import { ask } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { type ClientOptions, openTls } from "#sensor/client-fixture.ts";

/** Sessions taken to where they do not belong (CVE-2025-23419, CVE-2025-23048, CVE-2025-68121). */
export const resumption: Attack[] = (["TLSv1.2", "TLSv1.3"] as const).flatMap((version): Attack[] => {
  const over = version.replace("v", " ");
  const site = (word: string) => `${word}-${version.replace(".", "-").toLowerCase()}.test`;
  return [
    {
      name: `A partner of one site resumes its session at another site, over ${over}`,
      run: async (field) => {
        const session = await takeSession(field, { servername: "guarded.test", version, client: field.people.partner });
        const { partner } = field.people;
        return ask(field, { aim: "other.test", servername: "guarded.test", sentName: "other.test", version, session, client: partner });
      },
      obvious: "200, reached the origin",
      tessera: "403; CLIENT_CERT_UNTRUSTED",
      rule: "Each revision of each site is a TLS server of its own, with its own ticket keys and session id context",
      weakened: { where: ["sessions are shared", "a resumed client is believed"], outcome: "200, reached the origin" },
    },
    {
      name: `A client of another CA resumes at a guarded site the session of an observed one, over ${over}`,
      run: async (field) => {
        const { other } = field.people;
        const session = await takeSession(field, { servername: "observed.test", version, client: other });
        return ask(field, { aim: "guarded.test", servername: "observed.test", sentName: "guarded.test", version, session, client: other });
      },
      obvious: "200, reached the origin",
      tessera: "403; CLIENT_CERT_UNTRUSTED",
      rule: "What was observed is no identity; each revision of each site is a TLS server of its own",
      weakened: { where: ["sessions are shared", "a resumed client is believed"], outcome: "200, reached the origin" },
    },
    {
      name: `A session made while clients were observed is resumed after mTLS was turned on without the client's CA, over ${over}`,
      run: async (field) => {
        const hostName = site("observed");
        const { partners, others, other } = field.people;
        await field.save({ hostName, observed: [partners, others] });
        const session = await takeSession(field, { servername: hostName, version, client: other });
        await field.save({ hostName, clients: [partners] });
        return ask(field, { aim: hostName, servername: hostName, version, session, client: other });
      },
      obvious: "200, reached the origin",
      tessera: "403; CLIENT_CERT_UNTRUSTED",
      rule: "A new revision is a new TLS server, and an observed site gives no tickets",
    },
    {
      name: `A client without a certificate resumes the session it got with its 403, over ${over}`,
      run: async (field) => {
        const session = await takeSession(field, { servername: "guarded.test", version });
        return ask(field, { aim: "guarded.test", servername: "guarded.test", version, session });
      },
      obvious: "403",
      tessera: "403; CLIENT_CERT_MISSING",
      rule: "Who resumed, or showed no certificate, is nobody",
      weakened: { where: ["sessions are shared"], outcome: "403; CLIENT_CERT_MISSING of a resumed session" },
    },
    {
      name: `A client without a certificate resumes a session of an open site, over ${over}`,
      run: async (field) => {
        const session = await takeSession(field, { servername: "open.test", version });
        return ask(field, { aim: "guarded.test", servername: "open.test", sentName: "guarded.test", version, session });
      },
      obvious: "403",
      tessera: "403; CLIENT_CERT_MISSING",
      rule: "Who resumed, or showed no certificate, is nobody",
      weakened: { where: ["sessions are shared"], outcome: "403; CLIENT_CERT_MISSING of a resumed session" },
    },
    {
      name: `Somebody who has a partner's session, and not its key, resumes it, over ${over}`,
      run: async (field) => {
        const session = await takeSession(field, { servername: "guarded.test", version, client: field.people.partner });
        return ask(field, { aim: "guarded.test", servername: "guarded.test", version, session });
      },
      obvious: "200, reached the origin",
      tessera: "403; CLIENT_CERT_MISSING",
      rule: "No tickets where a certificate is demanded",
      weakened: { where: ["sessions are shared"], outcome: "403; CLIENT_CERT_INVALID of a resumed session" },
    },
    {
      name: `A partner whose CA was removed resumes its session, over ${over}`,
      run: async (field) => {
        const hostName = site("removed");
        const { partners, others, partner } = field.people;
        await field.save({ hostName, clients: [partners] });
        const session = await takeSession(field, { servername: hostName, version, client: partner });
        await field.save({ hostName, clients: [others] });
        return ask(field, { aim: hostName, servername: hostName, version, session, client: partner });
      },
      obvious: "200, reached the origin",
      tessera: "403; CLIENT_CERT_UNTRUSTED",
      rule: "A new revision is a new TLS server",
    },
    {
      name: `A session made while the site was open is resumed after mTLS was turned on, over ${over}`,
      run: async (field) => {
        const hostName = site("closed");
        await field.save({ hostName });
        const session = await takeSession(field, { servername: hostName, version });
        await field.save({ hostName, clients: [field.people.partners] });
        return ask(field, { aim: hostName, servername: hostName, version, session });
      },
      obvious: "403",
      tessera: "403; CLIENT_CERT_MISSING",
      rule: "A new revision is a new TLS server",
      weakened: { where: ["sessions are shared"], outcome: "403; CLIENT_CERT_MISSING of a resumed session" },
    },
  ];
});

/** Makes one request, so that TLS 1.3 tickets arrive, and answers the session a client would keep. */
async function takeSession(field: Field, options: Omit<ClientOptions, "port">): Promise<Buffer | undefined> {
  const client = await openTls({ port: field.port, ...options });
  let session = client.socket.getSession();
  client.socket.on("session", (ticket) => {
    session = ticket;
  });
  await client.get("/", options.servername);
  client.socket.destroy();
  await client.closed;
  field.arrivals(options.servername);
  return session;
}
