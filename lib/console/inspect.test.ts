import { describe, expect, test } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import { formsFound, keyForms } from "#e2e/pki/key-forms.ts";
import { inspect } from "#lib/console/inspect.ts";
import { largestPemBytes } from "#lib/pki/pem-size.ts";

const authority = await createAuthority();
const now = new Date();
const field = "downstreamMtlsCredentials";

function post(body: string, options: RequestInit = {}) {
  const headers = { "content-length": String(Buffer.byteLength(body)) };
  return new Request("http://console.test/api/sites/inspect", { method: "POST", headers, body, ...options });
}

async function answerTo(request: Request, personId = "ana") {
  const answer = await inspect(personId, request, now);
  return answer instanceof Response ? { status: answer.status, body: await answer.text() } : { status: 200, body: JSON.stringify(answer) };
}

test("what is typed is answered as facts", async () => {
  const { status, body } = await answerTo(post(JSON.stringify({ field, text: authority.certificate })));
  expect(status).toBe(200);
  expect(body).toContain(authority.fingerprint);
});

describe("a request that the page does not send", () => {
  const cases: [string, string, number][] = [
    ["no JSON", authority.key, 400],
    ["JSON that breaks off in a key", JSON.stringify({ field, text: authority.key }).slice(0, -40), 400],
    ["a field that holds no PEM", JSON.stringify({ field: authority.key, text: "" }), 400],
    ["a text that is none", JSON.stringify({ field, text: [authority.key] }), 400],
    ["megabytes", JSON.stringify({ field, text: authority.key.repeat(9_000) }), 413],
  ];
  test.each(cases)("%s is refused without a word of it", async (_name, body, status) => {
    const answer = await answerTo(post(body));
    expect(answer).toEqual({ status, body: "" });
  });
});

test("a body whose length is not told is not read", async () => {
  const body = JSON.stringify({ field, text: "#".repeat(largestPemBytes) });
  const request = new Request("http://console.test/", { method: "POST", body });
  expect(request.headers.get("content-length")).toBeNull();
  expect(await answerTo(request)).toEqual({ status: 413, body: "" });
});

test("the largest text of a field gets through, however JSON writes it", async () => {
  const text = "\u0001".repeat(largestPemBytes);
  expect((await answerTo(post(JSON.stringify({ field, text })))).status).toBe(200);
});

test("a request that the page has let go of ends unanswered", async () => {
  const many = await Promise.all(Array.from({ length: 100 }, () => createAuthority()));
  const abort = new AbortController();
  const text = many.map(({ certificate }) => certificate).join("");
  const answer = answerTo(post(JSON.stringify({ field, text }), { signal: abort.signal }));
  abort.abort();
  expect(formsFound(Buffer.from((await answer).body), keyForms(authority))).toEqual([]);
  expect((await answer).status).toBe(499);
});

describe("while another text is being read", () => {
  const body = JSON.stringify({ field, text: authority.certificate });

  test("of one person and field only the newest waits; another field of theirs is read too", async () => {
    const first = answerTo(post(body), "zoe");
    const older = answerTo(post(body));
    const other = answerTo(post(JSON.stringify({ field: "originCaCertificates", text: authority.certificate })));
    const newer = answerTo(post(body));
    const answers = await Promise.all([first, older, other, newer]);
    expect(answers.map(({ status }) => status)).toEqual([200, 409, 200, 200]);
    expect(answers[1]?.body).toContain("A newer text");
  });

  test("beyond a number that waits, the rest is told to come again", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => answerTo(post(body), `person ${at}`)));
    const told = answers.filter(({ status }) => status === 429);
    expect(told.length).toBeGreaterThanOrEqual(15);
    expect(told[0]?.body).toContain("try in a moment");
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40 - told.length);
    expect((await answerTo(post(body))).status).toBe(200);
  });
});
