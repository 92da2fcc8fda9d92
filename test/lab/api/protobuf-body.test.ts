import { describe, expect, it } from "vitest";
import { PROTOBUF, readProtobufBody } from "../../../src/lab/api/protobuf-body.ts";
import { call } from "./http-client.ts";
import { testLab } from "./test-lab.ts";

/** Bodies as kubectl 1.36.3 sent them: `create ns`, `auth can-i`, `create deployment`, `create secret`, `create service`. */
const SENT = {
  namespace: "azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhwKFAoEc2hvcBIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==",
  review:
    "azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSQAoQCgASABoAIgAqADIAOABCABIiCiAKBHNob3ASBmNyZWF0ZRoAIgAqBHBvZHMyADoEZXhlYxoICAASABoAIAAaACIA",
  deployment:
    "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EssBCiMKA3dlYhIAGgRzaG9wIgAqADIAOABCAFoKCgNhcHASA3dlYhKVAQgAEgwKCgoDYXBwEgN3ZWIaewocCgASABoAIgAqADIAOABCAFoKCgNhcHASA3dlYhJbEj0KB2J1c3lib3gSB2J1c3lib3gaBXNsZWVwGgExKgAyCwoAEAAYkD8iACoAQgBqAHIAgAEAiAEAkAEAogEAGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACICCgAoADgAGgwIABAAGAAgACgAOAAaACIA",
  secret: "azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAWESAWIaABoAIgA=",
  service:
    "azhzAAoNCgJ2MRIHU2VydmljZRJwCiMKA3dlYhIAGgRzaG9wIgAqADIAOABCAFoKCgNhcHASA3dlYhJFCh4KBzgwLWh0dHASA1RDUBhQIgoIARAAGgRodHRwKAASCgoDYXBwEgN3ZWIaACIJQ2x1c3RlcklQOgBCAFIAWgBgAGgAGgIKABoAIgA=",
};

const read = (name: keyof typeof SENT) => readProtobufBody(Buffer.from(SENT[name], "base64"));

describe("a protobuf body of kubectl", () => {
  it("is the object as JSON would have it: what Go leaves out is left out", () => {
    expect(read("namespace")).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop" },
      spec: {},
      status: {},
    });
    expect(read("secret")).toMatchObject({ kind: "Secret", metadata: { name: "s" }, data: { a: "Yg==" } });
  });

  it("keeps a zero that was meant, such as no replicas", () => {
    expect(read("deployment")).toMatchObject({
      apiVersion: "apps/v1",
      metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "web" } },
        template: {
          spec: {
            containers: [
              {
                name: "busybox",
                image: "busybox",
                command: ["sleep", "1"],
                ports: [{ containerPort: 8080 }],
              },
            ],
          },
        },
      },
    });
  });

  it("holds ports by number and by name", () => {
    expect(read("service")).toMatchObject({
      spec: { ports: [{ name: "80-http", port: 80, targetPort: "http" }] },
    });
  });

  it("can ask a question", () => {
    expect(read("review")).toMatchObject({
      kind: "SelfSubjectAccessReview",
      spec: {
        resourceAttributes: { namespace: "shop", verb: "create", resource: "pods", name: "exec" },
      },
    });
  });

  it("is taken by the server", async () => {
    const lab = await testLab();
    try {
      const path = "/api/v1/namespaces?fieldValidation=Strict";
      const body = Buffer.from(SENT.namespace, "base64");
      const created = await call(lab, "POST", path, { body, type: PROTOBUF });
      expect(created.body).toMatchObject({ kind: "Namespace", status: { phase: "Active" } });
    } finally {
      await lab.close();
    }
  });

  it("that is broken, of another kind or with unknown fields is refused", () => {
    const whole = Buffer.from(SENT.deployment, "base64");
    expect(() => readProtobufBody(Buffer.from("{}"))).toThrow("expected prefix k8s");
    expect(() => readProtobufBody(whole.subarray(0, 60))).toThrow("ends in the middle");
    const envelope = Buffer.concat([Buffer.from("k8s\0"), Buffer.from([10, 7, 18, 5]), Buffer.from("Lease")]);
    expect(() => readProtobufBody(envelope)).toThrow("reads no  Lease in protobuf");
    // A namespace's spec has one field, not seven.
    const kind = Buffer.from("Namespace");
    const unknown = Buffer.concat([
      Buffer.from("k8s\0"),
      Buffer.from([10, kind.length + 2, 18, kind.length]),
      kind,
      Buffer.from([18, 4, 18, 2, 7 << 3, 1]),
    ]);
    expect(() => readProtobufBody(unknown)).toThrow("does not know field 7 of NamespaceSpec");
  });
});
