/**
 * The value of YAML scalars as the API server and kubectl read them: by go.yaml.in/yaml/v2 (resolve.go), which
 * sigs.k8s.io/yaml uses. That is neither YAML 1.2 (where `y` and `on` are strings) nor YAML 1.1 to the letter
 * (there are no sexagesimal numbers, and `0o10` is a number).
 */

/** NaN and the infinities are possible here; JSON has no such numbers. */
export type Scalar = string | number | boolean | null;

const CORE_TAG = "tag:yaml.org,2002:";

const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...words(true, ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]),
  ...words(false, ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]),
  ...words(null, ["", "~", "null", "Null", "NULL"]),
  ...words(Number.NaN, [".nan", ".NaN", ".NAN"]),
  ...words(Number.POSITIVE_INFINITY, [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"]),
  ...words(Number.NEGATIVE_INFINITY, ["-.inf", "-.Inf", "-.INF"]),
]);

function words(value: Scalar, texts: readonly string[]): [string, Scalar][] {
  return texts.map((text) => [text, value]);
}

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/** A scalar without quotes and without a tag. */
export function resolvePlain(text: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (first === 46 /* . */) return FLOAT.test(text) ? finite(text) : text;
  const sign = first === 43 /* + */ || first === 45; /* - */
  if (!sign && (first < 48 || first > 57)) return text;
  const plain = text.replaceAll("_", "");
  return parseInteger(plain) ?? (FLOAT.test(plain) ? finite(plain, text) : text);
}

/** Numbers that float64 can't hold stay text. */
function finite(plain: string, text = plain): number | string {
  const value = Number(plain);
  return Number.isFinite(value) ? value : text;
}

/** strconv.ParseInt and ParseUint with base 0: 0b, 0o and 0x prefixes, and octal after a lone leading 0. */
function parseInteger(text: string): number | undefined {
  const parts = /^([-+]?)(?:(0[bB][01]+)|(0[xX][0-9a-fA-F]+)|0[oO]([0-7]+)|0([0-7]*)|([1-9][0-9]*))$/.exec(
    text,
  );
  if (parts === null) return undefined;
  const [, sign, binary, hex, octal, leadingZero, decimal] = parts;
  const octalDigits = octal ?? leadingZero;
  const digits =
    binary ?? hex ?? (octalDigits === undefined ? decimal : `0o${octalDigits === "" ? "0" : octalDigits}`);
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits);
  const value = sign === "-" ? -magnitude : magnitude;
  const fits = value >= MIN_INT64 && value <= (sign === "" ? MAX_UINT64 : MAX_INT64);
  return fits ? Number(value) : undefined;
}

/** A scalar with an explicit tag, in its long form; undefined where the text can't be read so. */
export function resolveTagged(tag: string, text: string): Scalar | undefined {
  const kind = tag.startsWith(CORE_TAG) ? tag.slice(CORE_TAG.length) : undefined;
  switch (kind) {
    case "binary":
      return decodeBase64(text);
    case "bool":
    case "int":
    case "float":
    case "null": {
      const value = resolvePlain(text);
      return coreKinds(value).includes(kind) ? value : undefined;
    }
    default:
      // !!str, !!timestamp and every tag that nobody knows: the text as it stands.
      return text;
  }
}

function coreKinds(value: Scalar): readonly string[] {
  if (value === null) return ["null"];
  if (typeof value === "boolean") return ["bool"];
  if (typeof value === "number") return Number.isInteger(value) ? ["int", "float"] : ["float"];
  return [];
}

function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/[\r\n]/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) return undefined;
  const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

/**
 * The text that a number becomes where it stands as a key: strconv.Itoa for integers, FormatFloat with format 'g', the
 * shortest form and 32 bits for others, and for the special ones what go-yaml writes.
 */
export function numberAsKey(value: number, text: string): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  if (parseInteger(text.replaceAll("_", "")) !== undefined) return String(value);
  const single = Math.fround(value);
  let shortest = single.toExponential(0);
  for (let digits = 1; Math.fround(Number(shortest)) !== single; digits++)
    shortest = single.toExponential(digits);
  const [mantissa = "0", power = "0"] = shortest.split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(Number(shortest));
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
