/** An element as a strict reader sees it. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  /** The text directly inside it. */
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** Char of XML 1.0, section 2.2. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const NAME = /[A-Za-z_][\w.-]*/y;

/**
 * Reads the XML that JUnit reporters write: a declaration, elements, attributes in double quotes, text. Throws on
 * everything that is not well-formed, and on what no reporter needs (comments, CDATA, processing instructions).
 */
export function parseStrictXml(document: string): XmlNode {
  const forbidden = FORBIDDEN.exec(document);
  if (forbidden !== null) throw new Error(`forbidden character at ${forbidden.index}`);
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(declaration)) throw new Error("no XML declaration");
  const reader = new Reader(document, declaration.length);
  const root = reader.element();
  reader.end();
  return root;
}

class Reader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  element(): XmlNode {
    this.#expect("<");
    const name = this.#name();
    const attributes: Record<string, string> = {};
    while (this.#text[this.#at] === " ") {
      this.#at++;
      const key = this.#name();
      if (Object.hasOwn(attributes, key)) this.#fail(`attribute ${key} twice`);
      this.#expect('="');
      attributes[key] = this.#decoded('"', /[\t\n\r]/);
      this.#expect('"');
    }
    if (this.#take("/>")) return { name, attributes, children: [], text: "" };
    this.#expect(">");
    const children: XmlNode[] = [];
    let text = "";
    for (;;) {
      text += this.#decoded("<");
      if (this.#take("</")) break;
      children.push(this.element());
    }
    if (this.#name() !== name) this.#fail(`<${name}> is closed by another name`);
    this.#expect(">");
    return { name, attributes, children, text };
  }

  end(): void {
    if (this.#text.slice(this.#at) !== "\n") this.#fail("text behind the root element");
  }

  /** Text up to a delimiter, references resolved. */
  #decoded(delimiter: string, unwanted?: RegExp): string {
    const end = this.#text.indexOf(delimiter, this.#at);
    if (end === -1) this.#fail(`no ${delimiter}`);
    const raw = this.#text.slice(this.#at, end);
    if (raw.includes("<") || raw.includes("]]>") || unwanted?.test(raw) === true)
      this.#fail("unescaped text");
    const decoded = raw.replace(/&([^;&]*)(;?)/g, (_, reference: string, semicolon: string) => {
      const code = /^#(\d+)$/.exec(reference)?.[1];
      const character = code === undefined ? ENTITIES[reference] : String.fromCodePoint(Number(code));
      return semicolon === "" || character === undefined
        ? this.#fail(`bad reference &${reference}`)
        : character;
    });
    if (FORBIDDEN.test(decoded)) this.#fail("forbidden character by reference");
    this.#at = end;
    return decoded;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0] ?? this.#fail("no name");
    this.#at += name.length;
    return name;
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`${text} expected`);
  }

  #fail(message: string): never {
    throw new Error(`${message} at ${this.#at}: ${this.#text.slice(this.#at, this.#at + 40)}`);
  }
}

/** All elements of a name below a node, in the order of the document. */
export function elementsOf(node: XmlNode, name: string): readonly XmlNode[] {
  return node.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...elementsOf(child, name),
  ]);
}
