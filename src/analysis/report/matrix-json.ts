import { blockTexts } from "../address-set.ts";
import type { PortAnswers } from "../answer-table.ts";
import type { BothWays, Matrix, MatrixGroup, OutsideAnswers } from "../matrix.ts";

/** The document that `schema/matrix.schema.json` describes. */
export function matrixJson(matrix: Matrix): string {
  const { profile, ports, namespaces, counts, groups, connections, unprotected, notes } = matrix;
  const head = {
    apiVersion: "netverdict.dev/v1alpha1",
    kind: "Matrix",
    profile,
    ports,
    ...(namespaces === undefined ? {} : { namespaces }),
    counts,
    notes,
    unprotected,
  };
  // One group and one connection a line, so that line tools can go through them.
  const lines = (list: readonly object[]): string =>
    list.length === 0 ? "[]" : `[\n${list.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;
  return [
    `${JSON.stringify(head, null, 2).slice(0, -2)},`,
    `  "groups": ${lines(groups.map(groupJson))},`,
    `  "connections": ${lines(connections.map(({ from, to, ...answers }) => ({ from, to, ...answersJson(answers) })))}`,
    "}",
    "",
  ].join("\n");
}

function groupJson(group: MatrixGroup): object {
  const { exposure, ...rest } = group;
  if (exposure === undefined) return rest;
  const { outside, newNamespace, newPod } = exposure;
  const answers = ({ ingress, egress }: BothWays<PortAnswers>): object => ({
    ingress: answersJson(ingress),
    egress: answersJson(egress),
  });
  return {
    ...rest,
    outside: { ingress: outside.ingress.map(outsideJson), egress: outside.egress.map(outsideJson) },
    newNamespace: answers(newNamespace),
    newPod: answers(newPod),
  };
}

function outsideJson({ addresses, ...answers }: OutsideAnswers): object {
  return { addresses: blockTexts(addresses), ...answersJson(answers) };
}

function answersJson({ allow, undetermined }: PortAnswers): object {
  return undetermined.length === 0 ? { allow } : { allow, undetermined };
}
