/** Whether a host is one of a policy's names: the name itself, or with `*.` one or more labels in front of it (T7). */
export function matchesDomain(pattern: string, host: string): boolean {
  const [name, wanted] = [normalised(host), normalised(pattern)];
  return wanted.startsWith("*.")
    ? name.endsWith(wanted.slice(1)) && name !== wanted.slice(2)
    : name === wanted;
}

/** DNS names ignore case, and may end in the dot of the root. */
function normalised(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
