import { describe, expect, test } from "vitest";
import { answerDns, type DnsRecord } from "../../../src/lab/kernel/dns-answer.ts";

const A = 1;
const SRV = 33;
const AAAA = 28;

const records: Readonly<Record<string, readonly DnsRecord[]>> = {
  "db.svc.cluster.local": [
    { type: "A", address: "10.0.0.2" },
    { type: "AAAA", address: "fd00::2" },
  ],
  "alias.svc.cluster.local": [{ type: "CNAME", target: "db.svc.cluster.local" }],
  "outside.svc.cluster.local": [{ type: "CNAME", target: "www.example.com" }],
  "a.circle": [{ type: "CNAME", target: "b.circle" }],
  "b.circle": [{ type: "CNAME", target: "a.circle" }],
  "_http._tcp.db.svc.cluster.local": [{ type: "SRV", port: 8080, target: "db.svc.cluster.local" }],
  "many.svc.cluster.local": Array.from({ length: 100 }, (_, index) => ({
    type: "A",
    address: `10.1.0.${index}`,
  })),
  "svc.cluster.local": [],
  "mapped.cluster.local": [{ type: "AAAA", address: "::ffff:10.0.0.9" }],
};
const lookup = (name: string) => records[name];

function query(name: string, type: number, payload?: number): Buffer {
  const labels = name
    .split(".")
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, "latin1"));
  const header = Buffer.from([0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, payload === undefined ? 0 : 1]);
  const opt =
    payload === undefined ? [] : [Buffer.from([0, 0, 41, payload >> 8, payload & 255, 0, 0, 0, 0, 0, 0])];
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1]), ...opt]);
}

interface Answer {
  readonly rcode: number;
  readonly truncated: boolean;
  readonly counts: readonly number[];
  readonly bytes: Buffer;
}

function ask(message: Buffer, transport: "udp" | "tcp" = "udp"): Answer {
  const bytes = answerDns(message, lookup, transport);
  if (bytes === undefined) throw new Error("no answer");
  expect(bytes.readUInt16BE(0)).toBe(message.readUInt16BE(0));
  expect(bytes.readUInt8(2) & 0x80).toBe(0x80);
  return {
    rcode: bytes.readUInt8(3) & 0x0f,
    truncated: (bytes.readUInt8(2) & 0x02) !== 0,
    counts: [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at)),
    bytes,
  };
}

describe("names", () => {
  test("an address is given to whom asks for its family", () => {
    const four = ask(query("db.svc.cluster.local", A));
    expect(four).toMatchObject({ rcode: 0, counts: [1, 1, 0, 0] });
    expect([...four.bytes.subarray(-4)]).toEqual([10, 0, 0, 2]);
    const six = ask(query("db.svc.cluster.local", AAAA));
    expect(six.bytes.subarray(-16).toString("hex")).toBe("fd000000000000000000000000000002");
    expect(ask(query("mapped.cluster.local", AAAA)).bytes.subarray(-16).toString("hex")).toBe(
      "00000000000000000000ffff0a000009",
    );
  });

  test("upper case is found, and comes back as it was", () => {
    const { rcode, bytes } = ask(query("DB.svc.Cluster.local", A));
    expect(rcode).toBe(0);
    expect(bytes.toString("latin1")).toContain("DB");
  });

  test("a name without such a record exists; one that nobody has does not, and both say for how long", () => {
    expect(ask(query("svc.cluster.local", A))).toMatchObject({ rcode: 0, counts: [1, 0, 1, 0] });
    expect(ask(query("db.svc.cluster.local", 16))).toMatchObject({ rcode: 0, counts: [1, 0, 1, 0] });
    expect(ask(query("www.example.com", A))).toMatchObject({ rcode: 3, counts: [1, 0, 1, 0] });
  });

  test("an alias brings what it leads to", () => {
    expect(ask(query("alias.svc.cluster.local", A))).toMatchObject({ rcode: 0, counts: [1, 2, 0, 0] });
    expect(ask(query("alias.svc.cluster.local", 5))).toMatchObject({ rcode: 0, counts: [1, 1, 0, 0] });
    expect(ask(query("outside.svc.cluster.local", A))).toMatchObject({ rcode: 0, counts: [1, 1, 0, 0] });
  });

  test("a circle of aliases ends", () => {
    expect(ask(query("a.circle", A), "tcp").counts[1]).toBeLessThan(20);
  });

  test("a service's port is told with its host", () => {
    const { bytes, counts } = ask(query("_http._tcp.db.svc.cluster.local", SRV));
    expect(counts).toEqual([1, 1, 0, 0]);
    expect(bytes.toString("latin1")).toContain("\x1f\x90\x02db\x03svc");
  });
});

describe("sizes", () => {
  test("what is too long for UDP is cut off and whole over TCP", () => {
    const udp = ask(query("many.svc.cluster.local", A));
    expect(udp).toMatchObject({ truncated: true, rcode: 0, counts: [1, 0, 0, 0] });
    expect(ask(query("many.svc.cluster.local", A), "tcp")).toMatchObject({
      truncated: false,
      counts: [1, 100, 0, 0],
    });
  });

  test("an asker that takes more (EDNS) is given more, up to what fits a packet", () => {
    const few = ask(query("db.svc.cluster.local", A, 4096));
    expect(few).toMatchObject({ truncated: false, counts: [1, 1, 0, 1] });
    expect(ask(query("many.svc.cluster.local", A, 65_000))).toMatchObject({ truncated: true });
    expect(few.bytes.length).toBeLessThanOrEqual(1232);
  });
});

describe("what is not a question", () => {
  test("an answer, and less than a header, get none", () => {
    const answer = query("db.svc.cluster.local", A);
    answer.writeUInt8(0x81, 2);
    expect(answerDns(answer, lookup, "udp")).toBeUndefined();
    expect(answerDns(Buffer.from("hello"), lookup, "udp")).toBeUndefined();
  });

  test("other operations are not implemented, other classes refused", () => {
    const update = query("db.svc.cluster.local", A);
    update.writeUInt8(0x28, 2);
    expect(ask(update).rcode).toBe(4);
    const chaos = query("db.svc.cluster.local", A);
    chaos.writeUInt8(3, chaos.length - 1);
    expect(ask(chaos).rcode).toBe(5);
  });

  test("every message that is cut short, or has wrong lengths, gets an error and no exception", () => {
    const whole = query("db.svc.cluster.local", A, 1232);
    const questionEnd = whole.length - 11;
    for (let length = 12; length < questionEnd; length += 1)
      expect(ask(whole.subarray(0, length)).rcode).toBe(1);
    for (let at = 12; at < whole.length; at += 1) {
      const broken = Buffer.from(whole);
      broken.writeUInt8(0xff, at);
      expect([0, 1, 3, 5]).toContain(ask(broken).rcode);
    }
    const none = query("db.svc.cluster.local", A);
    none.writeUInt16BE(0, 4);
    expect(ask(none).rcode).toBe(1);
  });
});
