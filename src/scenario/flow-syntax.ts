import type { Protocol } from "../model/kubernetes.ts";
import type { Expectation } from "../model/scenario.ts";
import type { SourceRange } from "../source/position.ts";

/** What a flow says before names are looked up, alike for the one-line and the object form. */
export interface FlowSyntax {
  readonly from: readonly Reference[];
  readonly to: readonly TargetSyntax[];
  /** Of the object form, for all its targets. */
  readonly port?: Located<number | string>;
  readonly protocol?: Located<Protocol>;
  readonly expect: Expectation;
  readonly name?: string;
  readonly timeoutMs?: number;
  readonly send?: Located<string>;
  readonly unreachableIsFine?: Located<boolean>;
  readonly observe?: boolean;
  readonly range: SourceRange;
}

export interface Located<Value> {
  readonly value: Value;
  readonly range: SourceRange;
}

export interface TargetSyntax {
  readonly reference: Reference;
  readonly port?: Located<number | string>;
  readonly protocol?: Located<Protocol>;
  /** Present for `http://` targets; begins with a slash. */
  readonly path?: string;
  readonly range: SourceRange;
}

interface ReferenceBase {
  readonly text: string;
  readonly range: SourceRange;
}

/** An endpoint by its name; any text that is nothing else, so that misspelt names are looked up too. */
export interface NameReference extends ReferenceBase {
  readonly kind: "name";
}

export interface DnsReference extends ReferenceBase {
  readonly kind: "dns";
}

/** `KIND/NAME` or `NAMESPACE/KIND/NAME`; the word of the kind is a known one. */
export interface ObjectReference extends ReferenceBase {
  readonly kind: "object";
  readonly namespace?: string;
  readonly word: string;
  readonly name: string;
}

export interface IpReference extends ReferenceBase {
  readonly kind: "ip";
  /** Without brackets. */
  readonly ip: string;
}

export interface HostReference extends ReferenceBase {
  readonly kind: "host";
  readonly host: string;
}

export type Reference = NameReference | DnsReference | ObjectReference | IpReference | HostReference;
