import { isIPv4, isIPv6 } from "node:net";

/** What a name leads to. */
export type DnsRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME"; readonly target: string }
  | { readonly type: "SRV"; readonly port: number; readonly target: string };

/**
 * All that the server knows about a name, given in lower case without the dot at its end. Empty: it exists without
 * records, so that a resolver goes on; undefined: it does not exist.
 */
export type DnsLookup = (name: string) => readonly DnsRecord[] | undefined;

const TYPES = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, OPT: 41, SRV: 33, ANY: 255 } as const;
const INTERNET = 1;
const RCODES = { none: 0, format: 1, nameError: 3, notImplemented: 4, refused: 5 } as const;

/** Seconds that an answer may be kept: CoreDNS's own for Services. */
const TTL = 5;
/** Aliases that are followed, so that a circle of them ends. */
const MOST_ALIASES = 8;

interface Question {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly rcode: number;
  /** The question section as it came, upper case and all; empty where it could not be read. */
  readonly section: Buffer;
  readonly name: string;
  readonly type: number;
  /** The asker's UDP payload size (EDNS, RFC 6891); undefined: it said none. */
  readonly payload: number | undefined;
}

/**
 * The answer to a DNS message (RFC 1035), or undefined for what deserves none: no header, or itself an answer.
 * `limit`: bytes that the transport can carry; over UDP what the asker says it takes, 512 if it does not. An answer
 * that is longer is sent without records and with the truncation flag, and the asker comes back over TCP.
 */
export function answerDns(message: Buffer, lookup: DnsLookup, transport: "udp" | "tcp"): Buffer | undefined {
  const question = readQuestion(message);
  if (question === undefined) return undefined;
  const limit = transport === "tcp" ? 65_535 : Math.min(Math.max(question.payload ?? 512, 512), 1232);
  if (question.rcode !== RCODES.none) return encode(question, question.rcode, [], []);
  const { found, answers } = resolve(question, lookup);
  const authority = answers.length === 0 ? [soa()] : [];
  const whole = encode(question, found ? RCODES.none : RCODES.nameError, answers, authority);
  return whole.length <= limit ? whole : encode(question, RCODES.none, [], [], { truncated: true });
}

function readQuestion(message: Buffer): Question | undefined {
  if (message.length < 12 || (message.readUInt8(2) & 0x80) !== 0) return undefined;
  const header = {
    id: message.readUInt16BE(0),
    recursionDesired: (message.readUInt8(2) & 0x01) !== 0,
    section: Buffer.alloc(0),
    name: "",
    type: 0,
    payload: undefined,
  };
  if (((message.readUInt8(2) >> 3) & 0x0f) !== 0) return { ...header, rcode: RCODES.notImplemented };
  if (message.readUInt16BE(4) !== 1) return { ...header, rcode: RCODES.format };
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = message[at];
    // A first name has nothing to point back to.
    if (length === undefined || length > 63 || at + 1 + length > message.length)
      return { ...header, rcode: RCODES.format };
    at += 1;
    if (length === 0) break;
    labels.push(message.toString("latin1", at, at + length).toLowerCase());
    at += length;
  }
  if (at + 4 > message.length || at - 12 > 255) return { ...header, rcode: RCODES.format };
  const isInternet = message.readUInt16BE(at + 2) === INTERNET;
  return {
    ...header,
    rcode: isInternet ? RCODES.none : RCODES.refused,
    section: message.subarray(12, at + 4),
    name: labels.join("."),
    type: message.readUInt16BE(at),
    payload: readPayloadSize(message, at + 4),
  };
}

/** A plain question has nothing but its OPT record behind it, whose name is the root. */
function readPayloadSize(message: Buffer, at: number): number | undefined {
  const records = message.readUInt16BE(6) + message.readUInt16BE(8);
  if (records !== 0 || message.readUInt16BE(10) === 0 || at + 11 > message.length) return undefined;
  if (message[at] !== 0 || message.readUInt16BE(at + 1) !== TYPES.OPT) return undefined;
  return message.readUInt16BE(at + 3);
}

function resolve(
  { name, type }: Question,
  lookup: DnsLookup,
): { readonly found: boolean; readonly answers: readonly Buffer[] } {
  const answers: Buffer[] = [];
  let owner = name;
  for (let aliases = 0; aliases <= MOST_ALIASES; aliases += 1) {
    const records = lookup(owner);
    // RFC 6604: the name error is that of the last name; where an alias leads outside there is none.
    if (records === undefined) return { found: aliases > 0, answers };
    const matching = records.filter((record) => type === TYPES.ANY || TYPES[record.type] === type);
    answers.push(...matching.map((record) => encodeRecord(owner === name ? undefined : owner, record)));
    const alias = records.find((record) => record.type === "CNAME");
    if (matching.length > 0 || alias === undefined) break;
    answers.push(encodeRecord(owner === name ? undefined : owner, alias));
    owner = alias.target;
  }
  return { found: true, answers };
}

function encode(
  question: Question,
  rcode: number,
  answers: readonly Buffer[],
  authority: readonly Buffer[],
  options: { readonly truncated?: boolean } = {},
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(question.id, 0);
  // An authoritative answer. Recursion is offered, or some askers do not believe that a name does not exist.
  header.writeUInt8(
    0x84 | (options.truncated === true ? 0x02 : 0) | (question.recursionDesired ? 0x01 : 0),
    2,
  );
  header.writeUInt8(0x80 | rcode, 3);
  header.writeUInt16BE(question.section.length > 0 ? 1 : 0, 4);
  header.writeUInt16BE(answers.length, 6);
  header.writeUInt16BE(authority.length, 8);
  header.writeUInt16BE(question.payload === undefined ? 0 : 1, 10);
  const opt =
    question.payload === undefined ? [] : [encodeParts(Buffer.of(0), TYPES.OPT, 1232, 0, Buffer.alloc(0))];
  return Buffer.concat([header, question.section, ...answers, ...authority, ...opt]);
}

/** `owner` undefined: the name that was asked for, which is a pointer to it. */
function encodeRecord(owner: string | undefined, record: DnsRecord): Buffer {
  const name = owner === undefined ? Buffer.of(0xc0, 12) : encodeName(owner);
  return encodeParts(name, TYPES[record.type], INTERNET, TTL, encodeData(record));
}

function encodeParts(name: Buffer, type: number, kind: number, ttl: number, data: Buffer): Buffer {
  const middle = Buffer.alloc(10);
  middle.writeUInt16BE(type, 0);
  middle.writeUInt16BE(kind, 2);
  middle.writeUInt32BE(ttl, 4);
  middle.writeUInt16BE(data.length, 8);
  return Buffer.concat([name, middle, data]);
}

function encodeData(record: DnsRecord): Buffer {
  switch (record.type) {
    case "A":
      return encodeIPv4(record.address);
    case "AAAA":
      return encodeIPv6(record.address);
    case "CNAME":
      return encodeName(record.target);
    case "SRV": {
      const numbers = Buffer.alloc(6);
      numbers.writeUInt16BE(100, 2); // weight; the priority is 0
      numbers.writeUInt16BE(record.port, 4);
      return Buffer.concat([numbers, encodeName(record.target)]);
    }
  }
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, "latin1").subarray(0, 63);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  });
  return Buffer.concat([...parts, Buffer.of(0)]);
}

function encodeIPv4(address: string): Buffer {
  if (!isIPv4(address)) throw new Error(`${address} is not an IPv4 address`);
  return Buffer.from(address.split(".").map(Number));
}

function encodeIPv6(address: string): Buffer {
  if (!isIPv6(address)) throw new Error(`${address} is not an IPv6 address`);
  // The URL parser writes out a dotted end; what is left is groups around one gap.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const groups = (text: string): string[] => text.split(":").filter((group) => group !== "");
  const [before, after] = [groups(head), groups(tail ?? "")];
  const gap = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...before, ...gap, ...after].entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  }
  return bytes;
}

/** Says how long it may be remembered that there is nothing: not at all. A record without one is not remembered either way. */
function soa(): Buffer {
  const domain = encodeName("cluster.local");
  const numbers = Buffer.alloc(20);
  for (const [index, value] of [1, 7200, 1800, 86_400, TTL].entries())
    numbers.writeUInt32BE(value, index * 4);
  const data = Buffer.concat([
    encodeName("ns.dns.cluster.local"),
    encodeName("hostmaster.cluster.local"),
    numbers,
  ]);
  return encodeParts(domain, TYPES.SOA, INTERNET, TTL, data);
}
