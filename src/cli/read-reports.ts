import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Ajv } from "ajv";
import reportSchema from "../../schema/report.schema.json" with { type: "json" };
import type { RunProblem, RunReport } from "../model/report.ts";
import type { NamedReport } from "../verdict/merge-reports.ts";
import { COMPRESSED_REPORT, PLAIN_REPORT } from "./deliver.ts";
import type { Io } from "./io.ts";

export interface ReadReports {
  readonly reports: readonly NamedReport[];
  /** What could not be read, or is no report: errors all. */
  readonly problems: readonly RunProblem[];
}

/** A text that should hold a report. */
interface Named {
  readonly name: string;
  readonly value: unknown;
}

/** Against what ConfigMaps hold: a report of a few hundred megabytes is none. */
const MAX_REPORT_BYTES = 512 * 1024 * 1024;

const GZIP_MAGIC = Buffer.of(0x1f, 0x8b);

/**
 * JSON reports from files, `-` for standard input: each as `-o json` writes it, compressed by gzip or not, or as a
 * ConfigMap of `--report-configmap` or a List of such, as `kubectl get -o json` prints them. Never rejects for what
 * it reads.
 */
export async function readReports(paths: readonly string[], stdin: Io["stdin"]): Promise<ReadReports> {
  const validate = new Ajv({ allErrors: false, allowUnionTypes: true }).compile(reportSchema);
  const reports: NamedReport[] = [];
  const problems: RunProblem[] = [];
  const refuse = (message: string): void => {
    problems.push({ severity: "error", message });
  };
  for (const path of paths) {
    try {
      const bytes = path === "-" ? await readAll(stdin) : await readFile(path);
      const found = await documentsIn({ name: path === "-" ? "<stdin>" : path, value: await parse(bytes) });
      if (found.length === 0) refuse(`${path} holds no report`);
      for (const { name, value } of found) {
        if (validate(value)) {
          // The schema and the type are tested against each other.
          reports.push({ name, report: value as unknown as RunReport });
          continue;
        }
        const [first] = validate.errors ?? [];
        refuse(
          `${name} is no report: ${first?.instancePath || "it"} ${first?.message ?? "is something else"}`,
        );
      }
    } catch (error) {
      refuse(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { reports, problems };
}

async function parse(bytes: Buffer): Promise<unknown> {
  const isZipped = bytes.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
  const plain = isZipped ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_REPORT_BYTES }) : bytes;
  if (plain.length === 0) throw new Error("it is empty");
  return JSON.parse(plain.toString("utf8"));
}

interface MaybeObject {
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly metadata?: { readonly name?: unknown };
  readonly data?: Readonly<Record<string, unknown>>;
  readonly binaryData?: Readonly<Record<string, unknown>>;
}

/** What kubectl prints is unwrapped; everything else is left for the schema to judge. */
async function documentsIn({ name, value }: Named): Promise<readonly Named[]> {
  if (typeof value !== "object" || value === null) return [{ name, value }];
  const object: MaybeObject = value;
  if (Array.isArray(object.items)) {
    const found = await Promise.all(object.items.map((item: unknown) => documentsIn({ name, value: item })));
    return found.flat();
  }
  if (object.kind !== "ConfigMap") return [{ name, value }];
  const own = `ConfigMap ${String(object.metadata?.name ?? "without a name")}`;
  const plain = object.data?.[PLAIN_REPORT];
  const zipped = object.binaryData?.[COMPRESSED_REPORT];
  try {
    if (typeof plain === "string") return [{ name: own, value: JSON.parse(plain) }];
    if (typeof zipped === "string") return [{ name: own, value: await parse(Buffer.from(zipped, "base64")) }];
  } catch (error) {
    throw new Error(`${own}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw new Error(`${own} holds neither ${PLAIN_REPORT} nor ${COMPRESSED_REPORT}`);
}

async function readAll(stdin: Io["stdin"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
