/** Whether one text looks like a slip of the other: letter case, or few letters for the length. Equal texts do not. */
export function isSlipOf(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length);
  if (a === b || shorter === 0) {
    return false;
  }
  const allowed = shorter >= 8 ? 2 : shorter >= 3 ? 1 : 0;
  if (Math.abs(a.length - b.length) > allowed) {
    return false;
  }
  return a.toLowerCase() === b.toLowerCase() || (allowed > 0 && differsBy(a, b) <= allowed);
}

/** Edit distance of two texts; what they have in common at both ends cannot change it and is cut off first. */
function differsBy(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) {
    start++;
  }
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) {
    end++;
  }
  return editDistance(a.slice(start, a.length - end), b.slice(start, b.length - end));
}

/** Insertions, deletions, replacements and swaps of neighbours between two texts (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (a.length < 2 && b.length < 2) {
    return a === b ? 0 : 1;
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
