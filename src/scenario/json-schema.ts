/**
 * The JSON Schema of the scenario format, for editors. It is made from the same words and patterns as the reader, and
 * stands in `schema/scenario.schema.json` as well. Mistakes that need more than one place of a file to be seen (an
 * endpoint that is not defined, a flow twice) are the reader's alone.
 */
import { ENDPOINT_OPTIONS } from "./declared-endpoint.ts";
import {
  DNS_LABEL,
  ENDPOINT_NAME,
  FLOW_LINE,
  HOST,
  IPV4,
  IPV6,
  LABEL_KEY,
  LABEL_VALUE,
  OBJECT_NAME,
  PORT_NAME,
  SOURCE,
  TARGET,
  TIMEOUT,
} from "./patterns.ts";
import { MAX_PORT } from "./port-grammar.ts";
import { API_VERSIONS, PROTOCOLS, SCENARIO_KIND, WORKLOAD_WORDS } from "./words.ts";

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
type Schema = { readonly [key: string]: Json };

/** Draft-07: the newest draft that the YAML language server reads. */
export const scenarioSchema: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "https://netverdict.dev/schema/scenario.schema.json",
  title: "Netverdict scenario",
  description:
    "A scenario of Netverdict: which network flows of a Kubernetes cluster must work and which must not.",
  type: "object",
  additionalProperties: false,
  required: ["apiVersion", "kind", "metadata", "flows"],
  properties: {
    apiVersion: {
      description: "The version of the format.",
      type: "string",
      enum: API_VERSIONS,
      examples: [...API_VERSIONS],
    },
    kind: {
      description: "Always Scenario.",
      type: "string",
      const: SCENARIO_KIND,
      examples: [SCENARIO_KIND],
    },
    metadata: metadata(),
    defaults: defaults(),
    endpoints: {
      description:
        "The ends of flows, by names of your own. References such as deploy/api, dns or example.com need no entry.",
      type: "object",
      propertyNames: { type: "string", pattern: anchored(ENDPOINT_NAME) },
      additionalProperties: { oneOf: endpoints() },
      examples: [{ frontend: { labels: { tier: "frontend" } }, api: { workload: "deployment/api" } }],
    },
    flows: {
      description: "What must work and what must not: each a line, or a mapping that says the same.",
      type: "array",
      minItems: 1,
      items: { oneOf: [flowLine(), flowObject()] },
      examples: [["frontend -> backend:8080 should succeed", "frontend -> database:5432 should fail"]],
    },
  },
};

function metadata(): Schema {
  return {
    description: "Who this scenario is.",
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: {
      name: text("The name of the scenario, unique in a run.", DNS_LABEL, ["three-tier"]),
      annotations: {
        description: "Free texts that are copied into the reports.",
        type: "object",
        additionalProperties: { type: "string" },
        examples: [{ controls: "PCI-DSS 1.3.1" }],
      },
    },
    examples: [{ name: "three-tier" }],
  };
}

function defaults(): Schema {
  return {
    description: "Values for everything in this scenario that gives none of its own.",
    type: "object",
    additionalProperties: false,
    properties: { namespace: namespace(), timeout: timeout() },
    examples: [{ namespace: "production", timeout: "2s" }],
  };
}

function endpoints(): Schema[] {
  const options: Record<string, Schema> = {
    namespace: namespace(),
    ports: ports(),
    standIn: {
      description: "As a target: a server of our own on `ports`, instead of real pods.",
      type: "boolean",
      examples: [true],
    },
    hypothetical: {
      description: "No real pod needs to carry these labels.",
      type: "boolean",
      examples: [true],
    },
    replicas: {
      description: "At most this many pods of the target are probed; all without it.",
      type: "integer",
      minimum: 1,
      examples: [2],
    },
  };
  return Object.entries(kinds()).map(([kind, schema]) => {
    const allowed = ENDPOINT_OPTIONS[kind as keyof typeof ENDPOINT_OPTIONS];
    const beside = allowed.map((option) => [option, options[option] ?? {}] as const);
    return {
      type: "object",
      additionalProperties: false,
      required: [kind],
      properties: { [kind]: schema, ...Object.fromEntries(beside) },
    };
  });
}

function kinds(): Record<keyof typeof ENDPOINT_OPTIONS, Schema> {
  const prefix = "(?:[0-9]|[12][0-9]|3[0-2])";
  const longPrefix = "(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])";
  return {
    labels: {
      description:
        "As a source: a stand-in pod with exactly these labels. As a target: the real pods that carry them.",
      type: "object",
      propertyNames: { type: "string", pattern: anchored(LABEL_KEY) },
      additionalProperties: { type: "string", pattern: anchored(LABEL_VALUE) },
      examples: [{ tier: "frontend" }],
    },
    workload: text(
      "KIND/NAME. As a source: a stand-in with the labels of its template. As a target: its running pods.",
      `(?:${[...WORKLOAD_WORDS.keys()].join("|")})/${OBJECT_NAME}`,
      ["deployment/api", "statefulset/postgresql"],
    ),
    pod: name("A pod by its name. As a source: a stand-in with its labels.", "postgresql-0"),
    service: name("A Service, only as a target: its cluster IP and every endpoint.", "postgresql"),
    ip: text("One address, IPv4 or IPv6 without brackets.", `(?:${IPV4}|${IPV6})`, ["169.254.169.254"]),
    host: text("A host name, resolved where the probe runs.", HOST, ["example.com"]),
    cidr: text("A range of addresses; for predictions only.", `(?:${IPV4}/${prefix}|${IPV6}/${longPrefix})`, [
      "10.0.0.0/8",
    ]),
  };
}

function ports(): Schema {
  const number = { type: "integer", minimum: 1, maximum: MAX_PORT };
  return {
    description:
      "The ports of the endpoint: what a flow without a port means, and what a stand-in listens on.",
    type: "array",
    minItems: 1,
    uniqueItems: true,
    items: {
      oneOf: [
        { ...number, description: "A TCP port.", examples: [8080] },
        {
          type: "object",
          additionalProperties: false,
          required: ["port"],
          properties: {
            name: text("The name that policies and flows may use for it.", PORT_NAME, ["postgres"]),
            port: { description: "The number.", ...number, examples: [5432] },
            protocol: protocol(),
            serve: {
              description: "What a server of our own speaks there.",
              type: "string",
              enum: ["tcp", "http", "udp"],
              examples: ["http"],
            },
          },
        },
      ],
    },
    examples: [[8080], [{ name: "postgres", port: 5432 }]],
  };
}

function flowLine(): Schema {
  return {
    description:
      "SOURCE -> TARGET should succeed, or should fail. TARGET is NAME:PORT/PROTOCOL or http://NAME:PORT/PATH.",
    type: "string",
    pattern: anchored(FLOW_LINE),
    examples: ["frontend -> backend:8080 should succeed", "frontend -> database:5432 should fail"],
  };
}

function flowObject(): Schema {
  const flag = (description: string, example: boolean) => ({
    description,
    type: "boolean",
    examples: [example],
  });
  return {
    type: "object",
    additionalProperties: false,
    required: ["from", "to", "expect"],
    properties: {
      from: oneOrMore("Where the connection comes from; lists multiply out.", SOURCE, "frontend"),
      to: oneOrMore("What it goes to; lists multiply out.", TARGET, "backend:8080"),
      port: {
        description: "The port of the targets: a number, or the name of a port.",
        oneOf: [
          { type: "integer", minimum: 1, maximum: MAX_PORT },
          { type: "string", pattern: anchored(PORT_NAME) },
        ],
        examples: [8080, "postgres"],
      },
      protocol: protocol(),
      expect: {
        description: "Whether it must work (allow) or must not (deny).",
        type: "string",
        enum: ["allow", "deny"],
        examples: ["deny"],
      },
      name: text("A title for the reports, one line.", "[^\\r\\n]*[^\\r\\n\\s][^\\r\\n]*", [
        "metrics are private",
      ]),
      timeout: timeout(),
      send: {
        description: "What to send to a UDP server so that it answers.",
        type: "string",
        minLength: 1,
        examples: ["ping"],
      },
      unreachableIsFine: flag(
        "For ip and host targets: a control that cannot reach it either does not make the flow inconclusive.",
        true,
      ),
      observe: flag("False: predict this flow, but do not probe it.", false),
    },
    examples: [{ from: ["frontend", "prometheus"], to: "backend", port: 9090, expect: "deny" }],
  };
}

function oneOrMore(description: string, pattern: string, example: string): Schema {
  const one = { type: "string", pattern: `^\\s*${pattern}\\s*$` };
  return {
    description,
    oneOf: [one, { type: "array", minItems: 1, uniqueItems: true, items: one }],
    examples: [example, [example]],
  };
}

function namespace(): Schema {
  return text("A namespace.", DNS_LABEL, ["production"]);
}

function timeout(): Schema {
  return text("How long a probe waits for an answer, from 100ms to 1m.", TIMEOUT, ["500ms", "2s"]);
}

function protocol(): Schema {
  return { description: "TCP without it.", type: "string", enum: PROTOCOLS, examples: ["UDP"] };
}

function name(description: string, example: string): Schema {
  return text(description, OBJECT_NAME, [example]);
}

function text(description: string, pattern: string, examples: readonly string[]): Schema {
  return { description, type: "string", pattern: anchored(pattern), examples };
}

function anchored(pattern: string): string {
  return `^(?:${pattern})$`;
}
