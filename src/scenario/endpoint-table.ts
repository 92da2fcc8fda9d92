import type { Endpoint } from "../model/scenario.ts";
import { nearest } from "../source/nearest.ts";
import type { SourceRange } from "../source/position.ts";
import type { ObjectReference, Reference } from "./flow-syntax.ts";
import { didYouMean, type Problems } from "./problems.ts";
import { DNS_WORD, KIND_WORDS, POD_WORDS, SERVICE_WORDS, WORKLOAD_WORDS } from "./words.ts";

interface Declared {
  readonly range: SourceRange;
  /** Undefined: its definition has mistakes, so flows that use it can't be judged. */
  readonly endpoint: Endpoint | undefined;
  used: boolean;
}

/** How many names a hint lists. */
const MAX_LISTED = 10;

/** The endpoints of a scenario: those that it declares, and those that its flows write in place. */
export class EndpointTable {
  readonly #namespace: string;
  readonly #declared = new Map<string, Declared>();
  readonly #inPlace = new Map<string, Endpoint>();

  /** `namespace`: of references in place that name none. */
  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  declare(name: string, range: SourceRange, endpoint: Endpoint | undefined): void {
    this.#declared.set(name, { range, endpoint, used: false });
  }

  /** The endpoint that a flow refers to; undefined after a problem, or where the definition had one. */
  find(reference: Reference, problems: Problems): Endpoint | undefined {
    if (reference.kind !== "name") return this.#findInPlace(reference);
    const declared = this.#declared.get(reference.text);
    if (declared !== undefined) {
      declared.used = true;
      return declared.endpoint;
    }
    return problems.error(reference.range, `unknown endpoint "${reference.text}"`, {
      hint: this.#hintFor(reference.text),
    });
  }

  /** Declared ones in their order, then the others by their first use. */
  endpoints(): readonly Endpoint[] {
    const declared = [...this.#declared.values()].flatMap(({ endpoint }) =>
      endpoint === undefined ? [] : [endpoint],
    );
    return [...declared, ...this.#inPlace.values()];
  }

  warnOfUnused(problems: Problems): void {
    for (const [name, { range, used }] of this.#declared) {
      if (!used) problems.warning(range, `the endpoint "${name}" is never used`);
    }
  }

  #findInPlace(reference: Exclude<Reference, { readonly kind: "name" }>): Endpoint {
    const known = this.#inPlace.get(reference.text);
    if (known !== undefined) return known;
    const endpoint = inPlace(reference, this.#namespace);
    this.#inPlace.set(reference.text, endpoint);
    return endpoint;
  }

  #hintFor(name: string): string {
    if (KIND_WORDS.includes(name)) return `write ${name}/NAME`;
    const names = [...this.#declared.keys()];
    const candidate = nearest(name, [...names, DNS_WORD]);
    const otherwise =
      names.length === 0
        ? "define it under endpoints, or write KIND/NAME, such as deploy/api"
        : `the endpoints are ${listed(names)}`;
    return didYouMean(candidate, otherwise) ?? otherwise;
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).join(", ");
  return names.length <= MAX_LISTED ? shown : `${shown} and ${names.length - MAX_LISTED} more`;
}

function inPlace(
  reference: Exclude<Reference, { readonly kind: "name" }>,
  defaultNamespace: string,
): Endpoint {
  const { text: name, range } = reference;
  switch (reference.kind) {
    case "dns":
      return { kind: "dns", name, range };
    case "ip":
      return { kind: "ip", name, range, ip: reference.ip, ports: [] };
    case "host":
      return { kind: "host", name, range, host: reference.host, ports: [] };
    case "object":
      return objectEndpoint(reference, reference.namespace ?? defaultNamespace);
    default: {
      const never: never = reference;
      throw new Error(`unhandled reference ${String(never)}`);
    }
  }
}

function objectEndpoint({ text, range, word, name }: ObjectReference, namespace: string): Endpoint {
  const base = { name: text, range, namespace };
  if (SERVICE_WORDS.some((service) => service === word)) return { kind: "service", ...base, service: name };
  if (POD_WORDS.some((pod) => pod === word)) return { kind: "pod", ...base, pod: name, ports: [] };
  const kind = WORKLOAD_WORDS.get(word);
  if (kind === undefined) throw new Error(`unhandled kind ${word}`);
  return { kind: "workload", ...base, workload: { kind, name }, ports: [] };
}
