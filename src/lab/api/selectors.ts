import type { LabObject, ResourceType } from "../model.ts";
import { fieldAt } from "./fields.ts";
import { badRequest } from "./status-error.ts";

export type ObjectFilter = (object: LabObject) => boolean;

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** What `labelSelector` and `fieldSelector` of a query select; undefined: everything. */
export function objectFilter(type: ResourceType, query: URLSearchParams): ObjectFilter | undefined {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(type, query.get("fieldSelector") ?? "");
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (object) => {
    const own = object.metadata.labels ?? {};
    return labels.every((matches) => matches(own)) && fields.every((matches) => matches(object));
  };
}

const KEY = "[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?";
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUAL = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`);
const ORDER = new RegExp(`^(${KEY})\\s*([<>])\\s*(-?[0-9]+)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

/** apimachinery labels.Parse: `a=b, a!=b, a in (b,c), a notin (b), a, !a, a>1, a<1`. */
export function parseLabelSelector(text: string): readonly Requirement[] {
  return splitTerms(text).map((term) => {
    const requirement =
      setRequirement(term) ?? equalRequirement(term) ?? orderRequirement(term) ?? existsRequirement(term);
    if (requirement === undefined) {
      throw badRequest(
        `unable to parse requirement: couldn't parse the selector string "${text}" at "${term}"`,
      );
    }
    return requirement;
  });
}

/** At the commas outside of parentheses. */
function splitTerms(text: string): readonly string[] {
  if (text.trim() === "") return [];
  return text.split(/,(?![^(]*\))/).map((term) => term.trim());
}

function setRequirement(term: string): Requirement | undefined {
  const [, key, operator, list] = SET.exec(term) ?? [];
  if (key === undefined || list === undefined) return undefined;
  const values = new Set(list.split(",").map((value) => value.trim()));
  if (operator === "in") return (labels) => values.has(own(labels, key) ?? "\0");
  return (labels) => !values.has(own(labels, key) ?? "\0");
}

function equalRequirement(term: string): Requirement | undefined {
  const [, key, operator, value] = EQUAL.exec(term) ?? [];
  if (key === undefined) return undefined;
  return operator === "!=" ? (labels) => own(labels, key) !== value : (labels) => own(labels, key) === value;
}

function orderRequirement(term: string): Requirement | undefined {
  const [, key, operator, value] = ORDER.exec(term) ?? [];
  if (key === undefined) return undefined;
  const limit = Number(value);
  return (labels) => {
    const text = own(labels, key);
    if (text === undefined || !/^-?[0-9]+$/.test(text)) return false;
    return operator === "<" ? Number(text) < limit : Number(text) > limit;
  };
}

function existsRequirement(term: string): Requirement | undefined {
  const [, not, key] = EXISTS.exec(term) ?? [];
  if (key === undefined) return undefined;
  return (labels) => (own(labels, key) === undefined) === (not === "!");
}

function own(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Fields that can be selected by, beside name and namespace (pkg/registry, each kind's ToSelectableFields). */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
  ],
  namespaces: ["status.phase"],
  nodes: ["spec.unschedulable"],
  services: ["spec.clusterIP", "spec.type"],
  secrets: ["type"],
  jobs: ["status.successful"],
  replicasets: ["status.replicas"],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
};

function parseFieldSelector(type: ResourceType, text: string): readonly ObjectFilter[] {
  if (text === "") return [];
  return text.split(",").map((term) => {
    const [, field = "", operator, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim()) ?? [];
    if (operator === undefined) throw badRequest(`invalid field selector: ${term}`);
    const known = field === "metadata.name" || field === "metadata.namespace";
    if (!known && !SELECTABLE[type.resource]?.includes(field)) {
      throw badRequest(`field label not supported: ${field}`);
    }
    const path = field.split(".");
    return (object) => (String(fieldAt(object, path) ?? "") === value) === (operator !== "!=");
  });
}
