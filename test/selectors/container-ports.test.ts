import { describe, expect, it } from "vitest";
import type { PodSpec } from "../../src/model/kubernetes.ts";
import {
  declaredPorts,
  declaresPort,
  findTargetPort,
  resolveNamedPort,
} from "../../src/selectors/container-ports.ts";

const spec: PodSpec = {
  containers: [
    {
      name: "app",
      ports: [
        { name: "http", containerPort: 8080 },
        { name: "dns", containerPort: 53, protocol: "UDP" },
        { containerPort: 9000 },
      ],
    },
    { name: "admin", ports: [{ name: "http", containerPort: 8081, protocol: "TCP" }] },
    { name: "silent", ports: null },
  ],
  initContainers: [
    { name: "proxy", restartPolicy: "Always", ports: [{ name: "mesh", containerPort: 15_001 }] },
    { name: "setup", ports: [{ name: "once", containerPort: 7000 }] },
  ],
};

describe("a port name in a policy", () => {
  it("S27: is looked up by name and protocol; TCP where the container gives none", () => {
    expect(resolveNamedPort(spec, "dns", "UDP")).toEqual([53]);
    expect(resolveNamedPort(spec, "dns", "TCP")).toEqual([]);
  });

  it("S27: that the pod does not declare stands for nothing", () => {
    expect(resolveNamedPort(spec, "https", "TCP")).toEqual([]);
  });

  it("S28: in two containers stands for both numbers", () => {
    expect(resolveNamedPort(spec, "http", "TCP")).toEqual([8080, 8081]);
  });

  it("S28: is not blurred by the same name of another protocol in an earlier container", () => {
    const mixed: PodSpec = {
      containers: [
        { name: "a", ports: [{ name: "web", containerPort: 1, protocol: "UDP" }] },
        { name: "b", ports: [{ name: "web", containerPort: 2 }] },
      ],
    };
    expect(resolveNamedPort(mixed, "web", "TCP")).toEqual([2]);
  });

  it("S30: counts in init containers that keep running, and in no other init container", () => {
    expect(resolveNamedPort(spec, "mesh", "TCP")).toEqual([15_001]);
    expect(resolveNamedPort(spec, "once", "TCP")).toEqual([]);
  });

  it("S30: of a sidecar is marked as one, since network plugins differ", () => {
    expect(declaredPorts(spec).filter((port) => port.sidecar)).toEqual([
      { name: "mesh", port: 15_001, protocol: "TCP", container: "proxy", sidecar: true },
    ]);
  });
});

describe("whether a pod declares a port by a name", () => {
  it.each([
    "none",
    "restartable",
    "all",
  ] as const)("S28, S30: is the same as looking for it among the name's numbers, with init containers: %s", (init) => {
    for (const name of ["http", "dns", "mesh", "once", "https"]) {
      for (const protocol of ["TCP", "UDP"] as const) {
        for (const port of [8080, 8081, 53, 9000, 15_001, 7000]) {
          expect(declaresPort(spec, { name, port, protocol }, init), `${name} ${port} ${protocol}`).toBe(
            resolveNamedPort(spec, name, protocol, init).includes(port),
          );
        }
      }
    }
  });

  it("S30: counts init containers as it is told", () => {
    const once = { name: "once", port: 7000, protocol: "TCP" } as const;
    expect([declaresPort(spec, once, "all"), declaresPort(spec, once, "restartable")]).toEqual([true, false]);
    const mesh = { name: "mesh", port: 15_001, protocol: "TCP" } as const;
    expect([declaresPort(spec, mesh, "restartable"), declaresPort(spec, mesh, "none")]).toEqual([
      true,
      false,
    ]);
    expect(declaredPorts(spec, "none").map(({ port }) => port)).toEqual([8080, 53, 9000, 8081]);
    expect(declaredPorts(spec, "all").map(({ port }) => port)).toContain(7000);
  });
});

describe("the target port of a Service", () => {
  it.each([
    ["S42: a number is the same on every pod", { port: 80, targetPort: 8443 }, 8443],
    ["S42: without one it is the Service's port", { port: 80 }, 80],
    ["S42: null and zero are none", { port: 80, targetPort: 0 }, 80],
    ["S42: a name is looked up on the pod", { port: 80, targetPort: "http" }, 8080],
    ["S42: a name is looked up by protocol too", { port: 53, targetPort: "dns", protocol: "UDP" }, 53],
    ["S42: a name of another protocol is not found", { port: 53, targetPort: "dns" }, undefined],
    ["S42: a name that the pod lacks is not found", { port: 80, targetPort: "web" }, undefined],
    ["S30: a name of a sidecar counts", { port: 80, targetPort: "mesh" }, 15_001],
    ["S30: a name of another init container does not", { port: 80, targetPort: "once" }, undefined],
  ] as const)("%s", (_name, servicePort, expected) => {
    expect(findTargetPort(spec, servicePort)).toBe(expected);
  });
});
