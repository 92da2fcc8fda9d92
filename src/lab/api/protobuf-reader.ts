import { badRequest } from "./status-error.ts";

/** A field of a message as it stands in the bytes. */
export interface WireField {
  readonly number: number;
  /** A number, or the bytes of a text, of a message or of a packed list. */
  readonly value: bigint | Buffer;
}

/** The fields of a message, in order (protobuf's encoding guide). 400 where the bytes are no message. */
export function* readMessage(bytes: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw truncated();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw badRequest("the protobuf body holds a number of more than 64 bits");
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw truncated();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(Number(varint())) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        throw badRequest(`the protobuf body holds wire type ${tag & 7}`);
    }
  }
}

function truncated(): Error {
  return badRequest("the protobuf body ends in the middle of a field");
}
