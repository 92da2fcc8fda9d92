import type { PodEnd } from "../model/traffic.ts";
import type { AddressAtoms } from "./address-atoms.ts";

/** Bits of address families. */
export const IPV4 = 1;
export const IPV6 = 2;
export const NO_FAMILY = 0;

/** Where an end's addresses lie. */
export interface AddressProfile {
  readonly index: number;
  /** Ascending; more than one for several addresses, and all of them where the address is not known. */
  readonly atoms: readonly number[];
  /** Of `IPV4` and `IPV6`. */
  readonly families: number;
}

/** The profiles that there are: first that of each atom alone, then that of an unknown address, then others. */
export class AddressProfiles {
  readonly atoms: AddressAtoms;
  readonly unknown: AddressProfile;
  readonly #all: AddressProfile[] = [];
  readonly #byKey = new Map<string, AddressProfile>();

  constructor(atoms: AddressAtoms) {
    this.atoms = atoms;
    const every = Array.from({ length: atoms.count }, (_, atom) => atom);
    for (const atom of every) this.#intern([atom]);
    this.unknown = this.#intern(every.filter((atom) => atoms.hasAddress(atom)));
  }

  get all(): readonly AddressProfile[] {
    return this.#all;
  }

  /** As `viewOf` of src/policy sees the pod; texts that are no addresses are passed over. */
  ofPod({ ips, spec, nodeIps }: PodEnd): AddressProfile {
    const [only, second] = ips ?? [];
    if (only !== undefined && second === undefined) {
      const atom = this.atoms.atomOfText(only);
      return atom === undefined ? this.unknown : (this.#all[atom] ?? this.unknown);
    }
    const texts = ips?.length ? ips : spec.hostNetwork === true ? (nodeIps ?? []) : [];
    const atoms = texts.map((text) => this.atoms.atomOfText(text)).filter((atom) => atom !== undefined);
    return atoms.length === 0 ? this.unknown : this.#intern([...new Set(atoms)].sort((a, b) => a - b));
  }

  #intern(atoms: readonly number[]): AddressProfile {
    const key = atoms.join();
    let profile = this.#byKey.get(key);
    if (profile === undefined) {
      const families = atoms.reduce(
        (bits, atom) => bits | (this.atoms.familyOf(atom) === 4 ? IPV4 : IPV6),
        0,
      );
      profile = { index: this.#all.length, atoms, families };
      this.#all.push(profile);
      this.#byKey.set(key, profile);
    }
    return profile;
  }
}
