import type { LabObject } from "../model.ts";
import { isWatch } from "./authorization.ts";
import { readObjectBody } from "./body.ts";
import { deleteObject, isDryRun, parseDeletion } from "./deletion.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import { fieldsOf } from "./fields.ts";
import { createObject, existing, type Target, updateObject } from "./objects.ts";
import { type ResourceContext, readObject, readPatched, representation, send } from "./resource-exchange.ts";
import type { ResourcePath } from "./resource-path.ts";
import { objectFilter } from "./selectors.ts";
import { badRequest, methodNotAllowed, type Status } from "./status-error.ts";
import { answerPart } from "./subresource-requests.ts";

/** Answers a request about a collection, an object or a part of one. */
export async function answerResource(
  exchange: Exchange,
  path: ResourcePath,
  context: ResourceContext,
): Promise<void> {
  if (path.name === undefined) await answerCollection(exchange, path, context);
  else if (path.subresource === undefined) await answerObject(exchange, targetOf(path, path.name), context);
  else await answerPart(exchange, targetOf(path, path.name), path.subresource, context);
}

function targetOf({ type, namespace }: ResourcePath, name: string): Target {
  return { type, namespace, name };
}

async function answerCollection(
  exchange: Exchange,
  path: ResourcePath,
  context: ResourceContext,
): Promise<void> {
  const { type, namespace } = path;
  switch (exchange.method) {
    case "GET":
      if (isWatch(exchange.query)) watch(exchange, path, context);
      else list(exchange, path, context);
      return;
    case "POST": {
      if (type.namespaced && namespace === undefined) throw methodNotAllowed();
      const { object, warnings } = await readObject(exchange, path);
      const options = { dryRun: isDryRun(exchange.query) };
      const created = createObject(context.store, { type, namespace }, object, options);
      // The cluster's address of a Service is part of the answer: the lab's controllers, which give it, act in the
      // next microtask.
      await Promise.resolve();
      const found = context.store.get(type.resource, namespace, created.metadata.name);
      const shown = type.resource === "services" && found !== undefined ? found : created;
      send(exchange, path, shown, { code: 201, warnings, context });
      return;
    }
    case "DELETE": {
      if (type.resource === "namespaces") throw methodNotAllowed();
      const deletion = parseDeletion((await readObjectBody(exchange)).object, exchange.query);
      const filter = objectFilter(type, exchange.query) ?? (() => true);
      const objects = context.store.list(type.resource, namespace).filter(filter);
      for (const { metadata } of objects) {
        const target: Target = { type, namespace: metadata.namespace, name: metadata.name };
        if (context.store.get(type.resource, metadata.namespace, metadata.name) !== undefined) {
          deleteObject(context.store, target, deletion);
        }
      }
      const { resourceVersion } = context.store;
      sendJson(
        exchange.response,
        200,
        representation(exchange, path, context).list(objects, { resourceVersion }),
      );
      return;
    }
    default:
      throw methodNotAllowed();
  }
}

function list(exchange: Exchange, path: ResourcePath, context: ResourceContext): void {
  const { type, namespace } = path;
  const { query } = exchange;
  const filter = objectFilter(type, query);
  const token = query.get("continue") ?? "";
  const { store, pages } = context;
  const all = token === "" ? store.list(type.resource, namespace) : [];
  const page =
    token === ""
      ? pages.first(filter === undefined ? all : all.filter(filter), store.resourceVersion, query)
      : pages.further(token, query);
  const { objects, ...metadata } = page;
  sendJson(exchange.response, 200, representation(exchange, path, context).list(objects, metadata));
}

function watch(exchange: Exchange, path: ResourcePath, context: ResourceContext): void {
  const { type, namespace } = path;
  const { query, response } = exchange;
  const resourceVersion = query.get("resourceVersion") ?? "";
  const timeout = query.get("timeoutSeconds") ?? "";
  if (!/^[0-9]*$/.test(resourceVersion)) throw badRequest(`invalid resource version: ${resourceVersion}`);
  if (!/^[0-9]{0,7}$/.test(timeout)) throw badRequest(`invalid timeoutSeconds: ${timeout}`);
  const shape = representation(exchange, path, context);
  context.hub.watch(response, {
    type,
    namespace,
    filter: objectFilter(type, query),
    resourceVersion,
    bookmarks: query.get("allowWatchBookmarks") === "true",
    initialEvents: query.get("sendInitialEvents") === "true",
    timeoutSeconds: Number(timeout) > 0 ? Number(timeout) : undefined,
    encode: (object) => shape.object(object),
    encodeBookmark: (version, annotations) => shape.bookmark(version, annotations),
  });
}

async function answerObject(exchange: Exchange, target: Target, context: ResourceContext): Promise<void> {
  const { store } = context;
  const { type, namespace, name } = target;
  switch (exchange.method) {
    case "GET":
      // An old way to watch one object.
      if (isWatch(exchange.query)) {
        exchange.query.set("fieldSelector", `metadata.name=${name}`);
        watch(exchange, { type, ...(namespace === undefined ? {} : { namespace }) }, context);
      } else send(exchange, target, existing(store, target), { context });
      return;
    case "PUT": {
      const { object, warnings } = await readObject(exchange, target);
      const updated = updateObject(store, target, object, { dryRun: isDryRun(exchange.query) });
      send(exchange, target, updated, { warnings, context });
      return;
    }
    case "PATCH": {
      const { object, warnings } = await readPatched(exchange, target, store);
      const updated = updateObject(store, target, object, { dryRun: isDryRun(exchange.query) });
      send(exchange, target, updated, { warnings, context });
      return;
    }
    case "DELETE": {
      const deletion = parseDeletion((await readObjectBody(exchange)).object, exchange.query);
      const left = deleteObject(store, target, deletion);
      if (isStatus(left)) sendJson(exchange.response, 200, left);
      else send(exchange, target, left, { context });
      return;
    }
    default:
      throw methodNotAllowed();
  }
}

function isStatus(value: LabObject | Status): value is Status {
  return fieldsOf(value).kind === "Status";
}
