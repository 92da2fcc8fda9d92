import { readObjectBody } from "./body.ts";
import { deleteObject, isDryRun, parseDeletion } from "./deletion.ts";
import { SUBRESOURCES } from "./discovery.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import { fieldsOf } from "./fields.ts";
import { existing, type Target, updateObject } from "./objects.ts";
import { sendPodLog } from "./pod-log.ts";
import { type ResourceContext, readObject, readPatch, readPatched, send } from "./resource-exchange.ts";
import { patchedScale, scaleOf, withScale } from "./scale.ts";
import { badRequest, methodNotAllowed, noSuchPath } from "./status-error.ts";

/** Answers a request about a part of an object: `status`, `log`, `scale` … */
export async function answerPart(
  exchange: Exchange,
  target: Target,
  part: string,
  context: ResourceContext,
): Promise<void> {
  const { store } = context;
  const { method, query, response } = exchange;
  if (SUBRESOURCES[target.type.resource]?.includes(part) !== true) throw noSuchPath();
  const dryRun = isDryRun(query);
  switch (`${method} ${part}`) {
    case "GET log":
      sendPodLog(response, existing(store, target), { query, findLog: context.findLog });
      return;
    case "POST eviction": {
      const { deleteOptions } = (await readObjectBody(exchange)).object;
      const deletion = parseDeletion(fieldsOf(deleteOptions), query);
      deleteObject(store, target, deletion);
      sendJson(response, 201, {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Success",
        code: 201,
      });
      return;
    }
    case "GET exec":
    case "POST exec":
      throw badRequest("Upgrade request required");
    case "GET status":
      send(exchange, target, existing(store, target), { context });
      return;
    case "PUT status":
    case "PATCH status":
    case "PUT finalize": {
      const read = method === "PUT" ? readObject(exchange, target) : readPatched(exchange, target, store);
      const { object, warnings } = await read;
      const options = { dryRun, part: part === "status" ? part : "finalize" } as const;
      send(exchange, target, updateObject(store, target, object, options), { warnings, context });
      return;
    }
    case "GET scale":
      sendJson(response, 200, scaleOf(existing(store, target)));
      return;
    case "PUT scale":
    case "PATCH scale": {
      const replace = method === "PUT" ? (await readObjectBody(exchange)).object : undefined;
      const patch = replace === undefined ? await readPatch(exchange) : undefined;
      const current = existing(store, target);
      const wanted = patch === undefined ? (replace ?? {}) : patchedScale(target, current, patch);
      const updated = updateObject(store, target, withScale(current, wanted), { dryRun });
      sendJson(response, 200, scaleOf(updated));
      return;
    }
    default:
      throw methodNotAllowed();
  }
}
