import { describe, expect, it } from "vitest";
import type { Condition, LabPod } from "../../../src/lab/control/pod.ts";
import { fakeLab, podObject } from "./fake-lab.ts";

const condition = (pod: LabPod | undefined, type: string): Condition | undefined =>
  pod?.status?.conditions?.find((one) => one.type === type);

const withContainer = (container: object, spec: object = {}): object => ({
  ...spec,
  containers: [{ name: "main", image: "busybox:1.35", command: ["sleep", "1000"], ...container }],
});

describe("a pod", () => {
  it("gets a node, addresses of both families, a sandbox and its process, and is Ready", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("web"));
    await lab.settle();
    const pod = lab.pod("shop", "web");
    expect(pod?.spec.nodeName).toMatch(/^node-[12]$/);
    expect(pod?.status).toMatchObject({
      phase: "Running",
      podIP: expect.stringMatching(/^10\.244\.[12]\.\d+$/),
    });
    expect(pod?.status?.podIPs?.map(({ ip }) => ip)[1]).toMatch(/^fd00:10:244:[12]::/);
    expect(condition(pod, "Ready")?.status).toBe("True");
    expect(lab.kernel.running("shop/web").map(({ command }) => command)).toEqual(["sleep 1000"]);
    expect(lab.kernel.sandboxes.get("pod/shop/web")?.resolvConf).toBe(
      "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
    );
    expect(lab.bugs).toEqual([]);
  });

  it("runs no process before its rules are in the kernel", async () => {
    const lab = await fakeLab();
    let rulesAtStart: string | undefined;
    const { start } = lab.kernel;
    Object.assign(lab.kernel, {
      start: (...args: Parameters<typeof start>) => {
        rulesAtStart ??= lab.kernel.rules.join("\n");
        return start(...args);
      },
    });
    lab.store.create("networkpolicies", {
      metadata: { name: "closed", namespace: "shop" },
      spec: { podSelector: {}, policyTypes: ["Ingress"] },
    });
    lab.store.create("pods", podObject("web"));
    await lab.settle();
    expect(rulesAtStart).toContain(lab.pod("shop", "web")?.status?.podIP);
  });

  it("stays un-Ready behind a readiness gate, and is Ready when somebody sets its condition", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("web", { readinessGates: [{ conditionType: "example.com/gate" }] }));
    await lab.settle();
    const before = lab.pod("shop", "web");
    expect(before?.status?.phase).toBe("Running");
    expect(condition(before, "ContainersReady")?.status).toBe("True");
    expect(condition(before, "Ready")).toMatchObject({ status: "False", reason: "ReadinessGatesNotReady" });
    const conditions = [...(before?.status?.conditions ?? []), { type: "example.com/gate", status: "True" }];
    lab.store.replace("pods", { ...before!, status: { ...before?.status, conditions } });
    await lab.settle();
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("True");
    expect(condition(lab.pod("shop", "web"), "example.com/gate")?.status).toBe("True");
  });

  it("is Ready only when its readinessProbe says so, and no longer when that fails three times", async () => {
    const lab = await fakeLab();
    lab.kernel.answers.set("tcp", 1);
    const readinessProbe = { tcpSocket: { port: 80 }, periodSeconds: 5 };
    lab.store.create("pods", podObject("web", withContainer({ readinessProbe })));
    await lab.settle();
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("False");
    lab.kernel.answers.set("tcp", 0);
    await lab.clock.advance(1000);
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("True");
    lab.kernel.answers.set("tcp", 1);
    await lab.clock.advance(10_000);
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("True");
    await lab.clock.advance(10_000);
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("False");
  });

  it("is asked by its node at its own address", async () => {
    const lab = await fakeLab();
    const ports = [{ name: "http", containerPort: 8080 }];
    const probe = (name: string, readinessProbe: object): void => {
      lab.store.create("pods", podObject(name, withContainer({ ports, readinessProbe })));
    };
    probe("a", { tcpSocket: { port: "http" } });
    probe("b", { httpGet: { port: "http", path: "ready?a=b c" }, timeoutSeconds: 3 });
    probe("c", { httpGet: { port: 8443, scheme: "HTTPS" } });
    await lab.settle();
    const address = (name: string): string => lab.pod("shop", name)?.status?.podIP ?? "";
    expect([...lab.kernel.checks].sort()).toEqual([
      `http 3 http://${address("b")}:8080/ready?a=b%20c`,
      ...[`tcp 1 ${address("a")} 8080`, `tcp 1 ${address("c")} 8443`].sort(),
    ]);
  });

  it("is Ready when the command of its readinessProbe ends well", async () => {
    const lab = await fakeLab();
    const readinessProbe = { exec: { command: ["cat", "/tmp/ready"] } };
    lab.store.create("pods", podObject("web", withContainer({ readinessProbe })));
    await lab.settle();
    const check = lab.kernel.running("shop/web").find(({ command }) => command === "cat /tmp/ready");
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("False");
    check?.finish(0);
    await lab.settle();
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("True");
  });

  it("is never Ready where the probe names a port that it does not declare", async () => {
    const lab = await fakeLab();
    lab.store.create(
      "pods",
      podObject("web", withContainer({ readinessProbe: { tcpSocket: { port: "http" } } })),
    );
    await lab.clock.advance(30_000);
    expect(condition(lab.pod("shop", "web"), "Ready")?.status).toBe("False");
  });

  it.each([
    { policy: "Never", code: 0, phase: "Succeeded" },
    { policy: "Never", code: 3, phase: "Failed" },
    { policy: "OnFailure", code: 0, phase: "Succeeded" },
  ])("with restartPolicy $policy ends as $phase after exit code $code, and frees its sandbox", async (row) => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("once", { restartPolicy: row.policy }));
    await lab.settle();
    lab.kernel.running("shop/once")[0]?.finish(row.code);
    await lab.settle();
    expect(lab.pod("shop", "once")?.status?.phase).toBe(row.phase);
    expect(lab.kernel.sandboxes.has("pod/shop/once")).toBe(false);
  });

  it("with restartPolicy Always is started again at once, then after 10 s, then after 20 s", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("loop"));
    await lab.settle();
    const end = async (): Promise<void> => {
      lab.kernel.running("shop/loop")[0]?.finish(1);
      await lab.settle();
      await lab.clock.advance(0);
    };
    await end();
    expect(lab.kernel.running("shop/loop")).toHaveLength(1);
    await end();
    const status = lab.pod("shop", "loop")?.status;
    expect(status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1 } },
    });
    expect(status?.phase).toBe("Running");
    await lab.clock.advance(9_900);
    expect(lab.kernel.running("shop/loop")).toHaveLength(0);
    await lab.clock.advance(200);
    expect(lab.kernel.running("shop/loop")).toHaveLength(1);
  });

  it("says what could not be started", async () => {
    const lab = await fakeLab();
    lab.store.create(
      "pods",
      podObject("odd", withContainer({ command: ["postgres"] }, { restartPolicy: "Never" })),
    );
    await lab.settle();
    lab.kernel.running("shop/odd")[0]?.finish(127);
    await lab.settle();
    const status = lab.pod("shop", "odd")?.status;
    expect(status?.phase).toBe("Failed");
    expect(status?.containerStatuses?.[0]?.state.terminated?.message).toContain(
      '"postgres" could not be started',
    );
  });

  it("fails after its activeDeadlineSeconds", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("late", { activeDeadlineSeconds: 60, restartPolicy: "Never" }));
    await lab.settle();
    await lab.clock.advance(59_000);
    expect(lab.pod("shop", "late")?.status?.phase).toBe("Running");
    await lab.clock.advance(2_000);
    expect(lab.pod("shop", "late")?.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
    expect(lab.kernel.running("shop/late")).toEqual([]);
  });

  it("fails when its node evicts it, and stays as an object", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("web"));
    await lab.settle();
    expect(lab.control.kubelet.evict("shop", "web")).toBe(true);
    await lab.settle();
    expect(lab.pod("shop", "web")?.status).toMatchObject({ phase: "Failed", reason: "Evicted" });
  });
});

describe("the end of a pod", () => {
  it("asks its processes to end, and removes the object when they have", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("web"));
    await lab.settle();
    const process = lab.kernel.running("shop/web")[0];
    lab.store.delete("pods", "shop", "web");
    await lab.settle();
    expect(process?.signals).toEqual(["SIGTERM"]);
    expect(lab.pod("shop", "web")).toBeUndefined();
    expect(lab.kernel.sandboxes.has("pod/shop/web")).toBe(false);
    expect(lab.bugs).toEqual([]);
  });

  it("kills what does not end in its grace period", async () => {
    const lab = await fakeLab();
    lab.kernel.ignoresTerm = true;
    lab.store.create("pods", podObject("web", { terminationGracePeriodSeconds: 5 }));
    await lab.settle();
    const process = lab.kernel.running("shop/web")[0];
    lab.store.delete("pods", "shop", "web");
    await lab.clock.advance(4_900);
    expect(lab.pod("shop", "web")?.metadata.deletionTimestamp).toBeDefined();
    await lab.clock.advance(200);
    expect(process?.signals).toEqual(["SIGTERM", "SIGKILL"]);
    expect(lab.pod("shop", "web")).toBeUndefined();
  });

  it("is at once without a grace period; one of the same name waits for the sandbox", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("web"));
    await lab.settle();
    const first = lab.pod("shop", "web")?.status?.podIP;
    lab.store.delete("pods", "shop", "web", { gracePeriodSeconds: 0 });
    expect(lab.pod("shop", "web")).toBeUndefined();
    lab.store.create("pods", podObject("web"));
    await lab.settle();
    await lab.settle();
    expect(lab.pod("shop", "web")?.status?.phase).toBe("Running");
    expect(lab.pod("shop", "web")?.status?.podIP).not.toBe(first);
    expect(lab.bugs).toEqual([]);
  });

  it("gives addresses back only once", async () => {
    const lab = await fakeLab({ nodes: 1 });
    lab.store.create("pods", podObject("once", { restartPolicy: "Never" }));
    await lab.settle();
    lab.kernel.running("shop/once")[0]?.finish(0);
    await lab.settle();
    // The cluster's DNS has one; the last of these gets the one that came back.
    for (let index = 0; index < 249; index++) lab.store.create("pods", podObject(`pod-${index}`));
    await lab.settle();
    lab.store.delete("pods", "shop", "once");
    await lab.settle();
    lab.store.create("pods", podObject("last"));
    await lab.settle();
    expect(lab.pod("shop", "last")?.spec.nodeName).toBeUndefined();
    lab.store.delete("pods", "shop", "pod-0", { gracePeriodSeconds: 0 });
    await lab.settle();
    expect(lab.pod("shop", "last")?.status?.phase).toBe("Running");
    const addresses = lab
      .pods()
      .concat(lab.pods("kube-system"))
      .flatMap((pod) => pod.status?.podIP ?? []);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses.length).toBe(250);
  });
});

describe("containers", () => {
  it("of other images are servers on the ports that they declare or are asked on", async () => {
    const lab = await fakeLab();
    const containers = [
      {
        name: "api",
        image: "shop.example/api:1",
        command: ["/api", "--serve"],
        ports: [
          { name: "http", containerPort: 8080 },
          { name: "metrics", containerPort: 9090, protocol: "TCP" },
          { name: "https", containerPort: 8443 },
          { containerPort: 53, protocol: "UDP" },
          { containerPort: 7000, protocol: "SCTP" },
        ],
        readinessProbe: { httpGet: { port: 9090, path: "/ready" } },
      },
    ];
    lab.store.create("pods", podObject("api", { containers }));
    await lab.settle();
    const [process] = lab.kernel.running("shop/api");
    expect(process?.command).toBe("http:8080 http:9090 tcp:8443 udp:53");
  });

  it("of other images are ready where only a command of the image could tell", async () => {
    const lab = await fakeLab();
    const readinessProbe = { exec: { command: ["pg_isready"] } };
    lab.store.create(
      "pods",
      podObject("db", { containers: [{ name: "db", image: "postgres:17", readinessProbe }] }),
    );
    await lab.settle();
    expect(condition(lab.pod("shop", "db"), "Ready")?.status).toBe("True");
  });

  it("get their environment, with references", async () => {
    const lab = await fakeLab();
    lab.store.create("configmaps", {
      metadata: { name: "settings", namespace: "shop" },
      data: { color: "blue" },
    });
    const env = [
      { name: "PLAIN", value: "a" },
      { name: "NESTED", value: "$(PLAIN)-$(MISSING)-$$(PLAIN)" },
      { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
      { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      { name: "OPTIONAL", valueFrom: { secretKeyRef: { name: "none", key: "x", optional: true } } },
    ];
    lab.store.create("pods", podObject("web", withContainer({ env, command: ["echo", "$(COLOR)"] })));
    await lab.settle();
    const [process] = lab.kernel.running("shop/web");
    expect(process?.env).toMatchObject({
      PLAIN: "a",
      NESTED: "a-$(MISSING)-$(PLAIN)",
      COLOR: "blue",
      NODE: lab.pod("shop", "web")?.spec.nodeName,
    });
    expect(process?.env).not.toHaveProperty("OPTIONAL");
    expect(process?.command).toBe("echo blue");
  });

  it("wait for a ConfigMap that is not there, say so, and start when it comes", async () => {
    const lab = await fakeLab();
    const envFrom = [{ configMapRef: { name: "settings" } }];
    lab.store.create("pods", podObject("web", withContainer({ envFrom })));
    await lab.settle();
    expect(lab.pod("shop", "web")?.status?.containerStatuses?.[0]?.state.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message: 'configmap "settings" not found',
    });
    lab.store.create("configmaps", { metadata: { name: "settings", namespace: "shop" }, data: { A: "1" } });
    await lab.settle();
    expect(lab.kernel.running("shop/web")[0]?.env).toMatchObject({ A: "1" });
    expect(lab.pod("shop", "web")?.status?.phase).toBe("Running");
  });

  it("among the init containers run if they are sidecars, and count as done if not", async () => {
    const lab = await fakeLab();
    const initContainers = [
      { name: "migrate", image: "busybox", command: ["migrate"] },
      { name: "proxy", image: "busybox", command: ["proxy"], restartPolicy: "Always" },
    ];
    lab.store.create("pods", podObject("web", { initContainers }));
    await lab.settle();
    expect(lab.kernel.running("shop/web").map(({ command }) => command)).toEqual(["proxy", "sleep 1000"]);
    const statuses = lab.pod("shop", "web")?.status?.initContainerStatuses;
    expect(statuses?.[0]?.state.terminated?.exitCode).toBe(0);
    expect(statuses?.[1]?.state.running).toBeDefined();
  });

  it("on the host's network run in the node's sandbox, with its addresses", async () => {
    const lab = await fakeLab();
    lab.store.create("pods", podObject("agent", { hostNetwork: true }));
    await lab.settle();
    const pod = lab.pod("shop", "agent");
    expect(pod?.status?.podIP).toMatch(/^172\.30\.0\.[12]$/);
    expect(lab.kernel.processes.at(-1)?.sandbox).toBe(`node/${pod?.spec.nodeName}`);
  });
});

describe("sandboxes", () => {
  it("that can't be made are tried again, and hold nobody else up", async () => {
    const lab = await fakeLab();
    lab.kernel.failures.set("pod/shop/bad", "no such thing");
    lab.store.create("pods", podObject("bad"));
    lab.store.create("pods", podObject("good"));
    await lab.settle();
    expect(lab.pod("shop", "good")?.status?.phase).toBe("Running");
    expect(lab.pod("shop", "bad")?.status?.containerStatuses?.[0]?.state.waiting).toEqual({
      reason: "CreatePodSandboxError",
      message: "no such thing",
    });
    lab.kernel.failures.clear();
    await lab.clock.advance(1_500);
    expect(lab.pod("shop", "bad")?.status?.phase).toBe("Running");
  });
});
