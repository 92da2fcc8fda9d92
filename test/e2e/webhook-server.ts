import { createServer } from "node:https";
import { createInterface } from "node:readline";

/**
 * An admission webhook that does to pods what its path says. Run in the network of the control plane; the first line of
 * standard input is its certificate, key and port as JSON, and it ends with its input.
 */
const PATCHES: Readonly<Record<string, readonly object[]>> = {
  "/sidecar": [
    {
      op: "add",
      path: "/spec/containers/-",
      value: { name: "proxy", image: "busybox:1.35", command: ["sleep", "infinity"] },
    },
  ],
  "/label": [{ op: "add", path: "/metadata/labels/team", value: "friends" }],
  "/finalizer": [{ op: "add", path: "/metadata/finalizers", value: ["example.com/hold"] }],
  "/gate": [{ op: "add", path: "/spec/readinessGates/-", value: { conditionType: "example.com/balancer" } }],
  "/tiny": [
    { op: "replace", path: "/spec/containers/0/resources/requests/memory", value: "1Mi" },
    { op: "replace", path: "/spec/containers/0/resources/limits/memory", value: "1Mi" },
  ],
  "/ready": [{ op: "remove", path: "/spec/readinessGates" }],
  "/nowhere": [{ op: "add", path: "/spec/nodeSelector/example.com~1nowhere", value: "true" }],
};

const input = createInterface({ input: process.stdin });
input.on("close", () => process.exit(0));
input.once("line", (line) => {
  const { certificate, key, port } = JSON.parse(line) as { certificate: string; key: string; port: number };
  const server = createServer({ cert: certificate, key }, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const path = request.url?.split("?")[0] ?? "";
      if (path === "/silence") return;
      const { uid } = (JSON.parse(body) as { request: { uid: string } }).request;
      const patch = PATCHES[path];
      const answer =
        patch === undefined
          ? { uid, allowed: false, status: { message: "the house has enough pods" } }
          : {
              uid,
              allowed: true,
              patchType: "JSONPatch",
              patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
            };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer }),
      );
    });
  });
  server.listen(port, "127.0.0.1", () => process.stdout.write("listening\n"));
});
