import type { PredictionValue } from "../model/prediction.ts";
import { formatAddress, type IpAddress } from "../selectors/ip-address.ts";
import type { EndView } from "./end-view.ts";

/** What the rules say of one address of an end. */
export interface SampleValue {
  readonly value: PredictionValue;
  /** Undefined: addresses do not matter. */
  readonly address: IpAddress | undefined;
}

/** Why an end whose addresses are treated differently has no one answer. */
export function describeSplit(samples: readonly SampleValue[], other: EndView): string {
  if (other.address === "unknown") {
    return `address of ${other.display} not known yet, and ipBlock rules decide by it`;
  }
  const [first, last] = [samples[0], samples.at(-1)].map((sample) => {
    const address = sample?.address;
    return `${address === undefined ? other.display : formatAddress(address)} ${sample?.value}`;
  });
  return `addresses of ${other.display} are treated differently: ${first}, ${last}`;
}
