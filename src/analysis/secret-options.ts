// Words of a command that are secret because of the option before them, by program.

/** Options whose next word, or what follows `=`, is a secret, whatever the program. */
export const secretOption: RegExp =
  /^--?(password|passwd|pass|passphrase|passwort|token|auth-token|access-token|api-token|secret|secret-key|client-secret|api-?key|access-key|secret-access-key|private-key-passphrase|otp|pin|secret-string|master-password|admin-password|db-password|plaintext|oauth2-bearer|bearer|session-token|storepass|keypass)$/i;

/** Options whose next word is one if it looks random: they name a file, or a setting, as often. */
export const maybeSecretOption: RegExp = /^--?(key|auth|credentials?|k|pw|t)$/;

interface ProgramOptions {
  /** The first word after the program that they hold for; any where nothing is said. */
  readonly after?: RegExp;
  /** Options whose secret is part of the same word. */
  readonly attached?: RegExp;
  /** Options whose secret is the next word. */
  readonly next?: RegExp;
  /** Options that ask for the secret at the terminal: the next word is another one. */
  readonly asks?: RegExp;
  /** Options whose value, attached or next, is a name, this mark and a secret. */
  readonly pair?: { readonly option: RegExp; readonly mark: string };
}

const mysql: ProgramOptions = { attached: /^-p/, asks: /^--password$/ };
const mongo: ProgramOptions = { attached: /^-p/, next: /^-p$/ };
const container: ProgramOptions = { after: /^login$/, attached: /^-p/, next: /^-p$/ };
const archive: ProgramOptions = { attached: /^-p/ };
const http: ProgramOptions = { pair: { option: /^(?:-a|--auth)(?:=|$)/, mark: ":" } };

/** What each program's own options hide. */
export const programOptions: ReadonlyMap<string, ProgramOptions> = new Map<string, ProgramOptions>([
  ...["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mycli"].map(
    (name) => [name, mysql] as const,
  ),
  ...["mariadb", "mariadb-dump", "mariadb-admin"].map((name) => [name, mysql] as const),
  ...["mongosh", "mongo", "mongodump", "mongorestore", "mongoexport", "mongoimport"].map(
    (name) => [name, mongo] as const,
  ),
  ...["docker", "podman", "buildah", "skopeo", "nerdctl", "oc", "crane"].map(
    (name) => [name, container] as const,
  ),
  ["helm", { after: /^registry$/, attached: /^-p/, next: /^-p$/ }],
  ["az", { next: /^-p$/ }],
  ["twine", { next: /^-p$/ }],
  ["cqlsh", { next: /^-p$/ }],
  ["sshpass", { attached: /^-p/, next: /^-p$/ }],
  ["redis-cli", { attached: /^-a/, next: /^-a$/ }],
  ["sqlcmd", { attached: /^-P/, next: /^-P$/ }],
  ["bcp", { attached: /^-P/, next: /^-P$/ }],
  ["zip", { attached: /^-P/, next: /^-P$/ }],
  ["unzip", { attached: /^-P/, next: /^-P$/ }],
  ...["7z", "7za", "7zz", "rar", "unrar"].map((name) => [name, archive] as const),
  ...["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldappasswd"].map(
    (name) => [name, { attached: /^-w/, next: /^-w$/ }] as const,
  ),
  ...["mosquitto_pub", "mosquitto_sub"].map((name) => [name, { next: /^-P$/ }] as const),
  ["ssh-keygen", { attached: /^-[NP]/, next: /^-[NP]$/ }],
  ["openssl", { next: /^-(?:k|K)$/, pair: { option: /^-pass(?:in|out)?$/, mark: ":" } }],
  ["smbclient", { pair: { option: /^(?:-U|--user)(?:=|$)?/, mark: "%" } }],
  ["lftp", { pair: { option: /^-u$/, mark: "," } }],
  [
    "curl",
    {
      next: /^(?:-b|--cookie)$/,
      pair: { option: /^(?:-[a-zA-Z]*[uU]|--user|--proxy-user)(?:=|$)?/, mark: ":" },
    },
  ],
  ["wget", { next: /^--(?:http-|ftp-|proxy-)?password$/ }],
  ["http", http],
  ["https", http],
  ["xh", http],
  ["xhs", http],
]);
