import type { LabObject, LabStore } from "../model.ts";
import { readObjectBody } from "./body.ts";
import { decodeBody, fieldValidationOf } from "./decode-object.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import type { ListPages } from "./list-pages.ts";
import { acceptedForm, contentType } from "./media-type.ts";
import { existing, type Target } from "./objects.ts";
import { type Patch, patchedObject } from "./patch-object.ts";
import type { FindLog } from "./pod-log.ts";
import { Representation } from "./representation.ts";
import type { WatchHub } from "./watch-hub.ts";

export interface ResourceContext {
  readonly store: LabStore;
  readonly hub: WatchHub;
  readonly pages: ListPages;
  readonly findLog: FindLog;
  readonly now: () => number;
}

export async function readObject(exchange: Exchange, { type }: Pick<Target, "type">) {
  const validation = fieldValidationOf(exchange.query);
  const { object, duplicates } = await readObjectBody(exchange, validation);
  return decodeBody(type, object, { validation, duplicates });
}

/** The object as it is with the patch of the request. Nothing changes between this and its storing. */
export async function readPatched(exchange: Exchange, target: Target, store: LabStore) {
  const validation = fieldValidationOf(exchange.query);
  const patch = await readPatch(exchange);
  return decodeBody(target.type, patchedObject(target.type, existing(store, target), patch), { validation });
}

export async function readPatch(exchange: Exchange): Promise<Patch> {
  const mediaType = contentType(exchange.request.headers["content-type"]);
  return { mediaType, text: (await exchange.readBody()).toString("utf8") };
}

export function representation(
  exchange: Exchange,
  { type }: Pick<Target, "type">,
  context: ResourceContext,
): Representation {
  const form = acceptedForm(exchange.request.headers.accept);
  return new Representation(type, form, { include: exchange.query.get("includeObject"), now: context.now() });
}

export function send(
  exchange: Exchange,
  target: Pick<Target, "type">,
  object: LabObject,
  options: {
    readonly code?: number;
    readonly warnings?: readonly string[];
    readonly context: ResourceContext;
  },
): void {
  const body = representation(exchange, target, options.context).object(object);
  sendJson(exchange.response, options.code ?? 200, body, { warnings: options.warnings ?? [] });
}
