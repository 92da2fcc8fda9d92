import { describe, expect, it } from "vitest";
import { describeNetworkFault, ProxyError, statusError, unreachable } from "../../src/k8s/api-faults.ts";

function coded(code: string, message = "connect failed"): Error {
  return Object.assign(new Error(message), { code });
}

describe("statusError", () => {
  it.each([
    [400, "invalid"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not-found"],
    [409, "conflict"],
    [413, "invalid"],
    [422, "invalid"],
    [429, "throttled"],
    [500, "server"],
    [502, "server"],
    [503, "throttled"],
    [302, "server"],
  ])("HTTP %i is of kind %s", (code, kind) => {
    const error = statusError("GET /x", code, "");
    expect(error).toMatchObject({ kind, status: code });
  });

  it("takes the message of the Status", () => {
    const body = JSON.stringify({ kind: "Status", status: "Failure", message: 'pods "x" not found' });
    expect(statusError("GET /x", 404, body).message).toBe('pods "x" not found');
  });

  it("names request and code where a proxy's page came instead of a Status", () => {
    const error = statusError("GET /x", 502, "<html><body>Bad gateway</body></html>");
    expect(error.message).toBe("GET /x: the API server answered 502 Bad Gateway");
  });

  it("quotes a short plain answer", () => {
    expect(statusError("GET /x", 500, "etcdserver: request timed out\n").message).toBe(
      "GET /x: the API server answered 500 Internal Server Error: etcdserver: request timed out",
    );
  });

  it("guesses a wrong URL behind a redirect", () => {
    expect(statusError("GET /x", 302, "").hint).toMatch(/redirect/);
  });
});

describe("describeNetworkFault", () => {
  it.each([
    ["ECONNREFUSED", /refused/, /running/],
    ["ENOTFOUND", /does not resolve/, /DNS/],
    ["ETIMEDOUT", /no answer/, /firewall/],
    ["ECONNRESET", /reset/, /load balancers/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", /self-signed/, /certificate-authority/],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", /signer/, /certificate-authority/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /another host name/, /tls-server-name/],
    ["CERT_HAS_EXPIRED", /expired/, /clock/],
  ])("%s has words and a hint", (code, what, hint) => {
    const fault = describeNetworkFault(coded(code));
    expect(fault.what).toMatch(what);
    expect(fault.hint).toMatch(hint);
  });

  it.each([
    [
      "write EPROTO 40AD:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:",
      /not speak TLS/,
    ],
    [
      "error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:",
      /refused the TLS handshake/,
    ],
    ["error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:", /refused the TLS handshake/],
  ])("has words for what OpenSSL says: %s", (message, what) => {
    expect(describeNetworkFault(coded("EPROTO", message)).what).toMatch(what);
  });

  it("looks into the errors that happy eyeballs collects", () => {
    const both = new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]);
    expect(describeNetworkFault(both).what).toBe("connection refused");
  });

  it("points at the proxy settings where the proxy failed", () => {
    expect(describeNetworkFault(new ProxyError("the proxy said 407")).hint).toMatch(/proxy-url.*NO_PROXY/);
  });

  it("names the code of an error that it has no words for", () => {
    expect(describeNetworkFault(coded("EWHATEVER", "")).what).toBe("EWHATEVER");
  });

  it("shows no credentials that an error's text holds", () => {
    const text =
      "bad header Bearer abcdefghijklmnop for https://me:hunter2@api.test and eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
    const { what } = describeNetworkFault(new Error(text));
    expect(what).toBe("bad header Bearer [redacted] for https://[redacted]@api.test and [redacted]");
  });
});

describe("unreachable", () => {
  it("keeps the cause and names the server", () => {
    const cause = coded("ECONNREFUSED");
    const error = unreachable("https://api.test", cause);
    expect(error).toMatchObject({ kind: "unreachable", cause });
    expect(error.message).toBe("cannot reach the API server at https://api.test: connection refused");
  });
});
