/** What must never be seen in a message: bearer tokens, basic credentials, JSON web tokens, passwords in URLs. */
const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(Bearer|Basic)\s+[^\s"',]{12,}/gi, "$1 [redacted]"],
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, "[redacted]"],
  [
    /("?(?:access_?token|id_?token|refresh_?token|token|password|secret)"?\s*[:=]\s*)("[^"]*"|[^\s",}]+)/gi,
    "$1[redacted]",
  ],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, "$1[redacted]@"],
];

/** A text without credentials, on one line of at most `maxLength` characters. */
export function redact(text: string, maxLength = 400): string {
  let clean = text;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return oneLine(clean, maxLength);
}

/** A text on one line of at most `maxLength` characters, without control characters. */
export function oneLine(text: string, maxLength = 400): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** A URL for people: without user and password. */
export function displayUrl(url: URL): string {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href.replace(/\/$/, "");
}
