import { escapeControls } from "../source/display-text.ts";

/** An element; attributes that are undefined are left out. A content is text, or elements. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
  readonly content?: string | readonly XmlElement[];
}

/** An XML 1.0 document, set in by two spaces; texts are kept as they are. */
export function formatXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${formatElement(root, "")}\n`;
}

function formatElement({ name, attributes = {}, content }: XmlElement, indent: string): string {
  const start = `${indent}<${name}${Object.entries(attributes).map(formatAttribute).join("")}`;
  if (content === undefined || content.length === 0) return `${start}/>`;
  if (typeof content === "string") return `${start}>${escapeXml(content)}</${name}>`;
  const children = content.map((child) => formatElement(child, `${indent}  `));
  return [`${start}>`, ...children, `${indent}</${name}>`].join("\n");
}

function formatAttribute([name, value]: [string, string | number | undefined]): string {
  return value === undefined ? "" : ` ${name}="${escapeXml(String(value)).replaceAll("\n", "&#10;")}"`;
}

/** Code points that Unicode reserves for ever; XML 1.0 forbids the first two of them. */
const NONCHARACTERS = /[\ufffe\uffff]/g;

/**
 * Without what XML 1.0 cannot hold (section 2.2) and what would disturb a terminal: control characters are written out
 * (`\x1b`), line breaks stay.
 */
export function xmlText(text: string): string {
  return text.split("\n").map(escapeControls).join("\n").replace(NONCHARACTERS, "");
}

/** `>` too, since `]]>` may not stand in text (XML 1.0, section 2.4). */
function escapeXml(text: string): string {
  return xmlText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
