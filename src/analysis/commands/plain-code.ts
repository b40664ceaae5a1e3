// The part of other languages that mirror reads: expressions that compute and print, as in `python3 -c
// 'print(2**10)'`. Every token must be known to do no more than that; anything else leaves the code unread.

/** A language whose code is read, as far as it is this plain. */
export interface PlainLanguage {
  /** Options of the interpreter that change nothing in what code may do. */
  readonly options: ReadonlySet<string>;
  /** Names as a whole: words of the language, and what may be used of the things they name (`process.version`). */
  readonly names: ReadonlySet<string>;
  /** What may be asked of any value: no name here gives a way to run text or to reach files. */
  readonly members: ReadonlySet<string>;
  /** Takes out what is understood as a whole: statements, and values that hold nothing to call. */
  readonly simplify: (code: string) => string;
  readonly tokens: RegExp;
  /** What is not as it looks: comments and texts that would be told apart otherwise than here, calls of texts. */
  readonly refused: RegExp;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}

function under(root: string, names: string): string {
  return names
    .split(" ")
    .map((name) => `${root}.${name}`)
    .join(" ");
}

// A token is white space, a number, a text, a name with what is asked of it, or one sign. `refused` looks at them in
// short: a text is `T`, a number `1`, a name `n`, a sign itself, the end of a line itself, other white space nothing.

/** `import json` would run a `json.py` of the directory; only what python has loaded by itself is safe to import. */
export const plainPython: PlainLanguage = {
  options: words("-u -B -E -s -S -I -O -q"),
  names: words(`
    print len range sum min max sorted reversed int str float bool list dict set tuple abs round enumerate zip any all
    divmod pow repr chr ord hex bin oct True False None for in if else and or not is end sep
    ${under("sys", "version version_info platform maxsize byteorder executable argv stdin stdin.read getsizeof")}
    ${under("os", "getcwd name sep cpu_count getpid linesep")} ${under("time", "time ctime strftime time_ns sleep")}`),
  members: words(`
    join split rsplit splitlines strip lstrip rstrip upper lower title capitalize replace startswith endswith count
    index find items keys values get append extend zfill ljust rjust isdigit bit_length major minor micro`),
  simplify: (code) =>
    code.replace(
      /(^|[;\n])[ \t]*import[ \t]+(sys|os|time)([ \t]*,[ \t]*(sys|os|time))*[ \t]*(?=[;\n]|$)/g,
      "$1",
    ),
  tokens:
    /\s+|(?<number>\d[\d_]*(?:\.\d+)?)|(?<text>(?<!\w)(?:[rbu]{1,2})?(?:"""[^"\\]*"""|'''[^'\\]*'''|"(?!"")(?:[^"\\\n]|\\.)*"|'(?!'')(?:[^'\\\n]|\\.)*'))|(?<name>\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?<sign>[-+*/%<>=!&|^~,;:()[\]{}])/y,
  refused: /T\(/,
};

/** The manifest of the directory, parsed, and what stands in it. */
const manifest =
  /(?<![\w.])require\((["'])\.\/(package\.json)\1\)(\.(?!constructor|__proto__|prototype)\w+)*(?!\w|\s*[([`.])/g;

/** Files that such code reads. */
export function namedManifests(code: string): string[] {
  return [...code.matchAll(manifest)].map(([, , file]) => file ?? "");
}

/** Without `{`, computed keys and `[` behind a value there is no way to `constructor`, which runs text. */
export const plainJavaScript: PlainLanguage = {
  options: words(""),
  names: words(`
    const let var true false null undefined NaN Infinity parseInt parseFloat isNaN Number String Boolean BigInt
    Date Array.from Array.isArray ${under("console", "log error info warn")}
    ${under("JSON", "parse stringify")} ${under("Date", "now")}
    ${under("Math", "abs ceil floor round trunc sqrt cbrt pow max min random PI E log log2 log10 sign hypot sin cos tan")}
    ${under("Number", "isInteger MAX_SAFE_INTEGER MIN_SAFE_INTEGER EPSILON")}
    ${under("process", "version platform arch versions.node versions.v8 pid")}`),
  members: words(`
    length toString toFixed toUpperCase toLowerCase trim split join repeat slice substring indexOf includes startsWith
    endsWith padStart padEnd charCodeAt concat reverse sort map filter reduce keys values entries flat fill at
    toISOString getTime getFullYear replaceAll`),
  simplify: (code) => code.replace(manifest, " null "),
  tokens:
    /\s+|(?<number>\d[\d_]*(?:\.\d+)?n?)|(?<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<name>\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?<sign>[-+*/%<>=!&|^~,;:()[\]?])/y,
  refused: /\/[/*]|<!|-->|(?<![n1)\]])\/|[nT)\]1]\n*\[|[T\]]\n*\(/,
};

export const plainRuby: PlainLanguage = {
  options: words(""),
  names: words("puts print p true false nil and or not if else end do RUBY_VERSION RUBY_PLATFORM Math.sqrt"),
  members: words(`
    upcase downcase capitalize reverse length size to_s to_i to_f join split strip times each map sum min max sort uniq
    first last abs floor ceil round succ pred chars lines count zip flatten compact keys values`),
  simplify: (code) => code,
  tokens:
    /\s+|(?<number>\d[\d_]*(?:\.\d+)?)|(?<text>"(?:[^"\\\n#])*"|'(?:[^'\\\n])*')|(?<name>\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?<sign>[-+*/%<>=!&|,;()[\]{}])/y,
  refused: /<<|(?<![1)])[/%]|T\(/,
};

export const plainPhp: PlainLanguage = {
  options: words(""),
  names: words(
    "echo print true false null PHP_VERSION PHP_OS PHP_EOL PHP_INT_MAX phpversion strlen strtoupper strtolower count implode explode str_repeat max min round floor ceil abs sqrt time date json_encode array_sum range",
  ),
  members: words(""),
  simplify: (code) => code,
  tokens:
    /\s+|(?<number>\d[\d_]*(?:\.\d+)?)|(?<text>"(?:[^"\\\n${])*"|'(?:[^'\\\n])*')|(?<name>[A-Za-z_]\w*)|(?<sign>[-+*/%<>=!&|.,;()[\]])/y,
  refused: /\/[/*]|<<<|[T\])]\n*\(/,
};

/** Longest code that is read. */
const longest = 4_096;

/** Tells whether code only computes and prints. */
export function onlyComputes(given: string, language: PlainLanguage): boolean {
  if (given.length > longest) return false;
  const code = language.simplify(given);
  const tokens = new RegExp(language.tokens);
  let short = "";
  while (tokens.lastIndex < code.length) {
    const found = tokens.exec(code);
    if (found === null) return false;
    const { name, text, number, sign } = found.groups ?? {};
    if (name !== undefined && !isHarmless(name, language)) return false;
    if (text !== undefined) short += "T";
    else if (number !== undefined) short += "1";
    else if (name !== undefined) short += "n";
    else short += sign ?? (found[0].includes("\n") ? "\n" : "");
  }
  return !language.refused.test(short);
}

/** A name of the language with members behind it, a variable of one letter, or members of what stands before. */
function isHarmless(name: string, { names, members }: PlainLanguage): boolean {
  const parts = name.split(".");
  for (let known = parts.length; known > 0; known--) {
    const start = parts.slice(0, known).join(".");
    const isKnown = start === "" || names.has(start) || (known === 1 && /^[a-z_]$/.test(start));
    if (isKnown && parts.slice(known).every((part) => members.has(part))) return true;
  }
  return false;
}
