import { expect, test } from "vitest";
import { installCommand } from "../../../src/lab/kernel/check-host.ts";

test.each([
  ['ID=debian\nVERSION_ID="12"', "sudo apt-get install iproute2"],
  ["ID=ubuntu\nID_LIKE=debian", "sudo apt-get install iproute2"],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"', "sudo dnf install iproute"],
  ["NAME=Alpine\nID=alpine", "sudo apk add iproute2"],
  ["ID=void", "install the package iproute2"],
  ["", "install the package iproute2"],
])("the command that installs ip where os-release says %j", (release, command) => {
  expect(installCommand(release, "iproute2", "iproute")).toBe(command);
});
