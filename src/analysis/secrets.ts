import { globMatches } from "./wildcards.ts";

// What a path must look like for its content to count as a secret. Names, not contents: the analysis decides
// before anything is read. Everything is compared in lower case, for file systems that do not tell case apart.

/** Names that only look like a secret's: templates to copy. */
const template = /(^|[._-])(example|sample|template|dist|tpl|schema)([._-]|$)|^\.env[._-]defaults?([._-]|$)/;

/** Keys and states, which nobody copies as a template. */
const keyNames: readonly RegExp[] = [
  /\.(pem|key|p12|pfx|p8|jks|keystore|kdbx|ppk|keytab|ovpn)$/,
  /^id_(rsa|dsa|ecdsa|ed25519|xmss)(_sk)?($|[._-])/,
  /\.tfstate(\.backup)?$/,
];

const secretNames: readonly RegExp[] = [
  /^\.env(rc)?($|[._-])/,
  /\.env$/,
  /^(\.netrc|_netrc|\.pgpass|\.my\.cnf|\.mylogin\.cnf|\.npmrc|\.pypirc|\.git-credentials|\.htpasswd|\.dockercfg)$/,
  /^(\.boto|\.s3cfg|\.vault-token|\.terraformrc|\.databrickscfg|\.rclone\.conf|rclone\.conf|\.smbcredentials)$/,
  /^(application_default_)?credentials(\.json|\.ya?ml|\.toml|\.csv|\.db|\.tfrc\.json)?$/,
  /^\.credentials(\.json)?$/,
  /^(client_secrets?|service[-_]?account|gcp[-_]key|firebase-adminsdk)[^/]*\.json$/,
  /^secrets?\.(ya?ml|json|toml|env|txt|properties|tfvars|enc|xml)$/,
  /^(g?shadow|master\.passwd)-?$/,
  /^(wallet\.dat|secring\.gpg|kubeconfig|auth\.(json|toml)|master\.key)$/,
  /\.keychain(-db)?$/,
  /^\.(bash|zsh|psql|mysql|node_repl|python|rediscli)_?history$/,
];

/** Directories of which everything counts, and files that count only where they stand. */
const secretPlaces: readonly RegExp[] = [
  /\/\.ssh(\/|$)/,
  /\/\.aws(\/(credentials|config|sso|cli)[^/]*(\/|$)|$)/,
  /\/\.(gnupg|azure|kube|password-store|oci)(\/|$)/,
  /\/\.config\/(gcloud|gh|glab-cli|op|doctl|hub|stripe|heroku|rclone|sops|age)(\/|$)/,
  /\/\.config\/(containers\/auth\.json|pypoetry\/auth\.toml|configstore\/[^/]*|git\/credentials|fly\/config\.yml)$/,
  /\/\.docker\/config\.json$/,
  /\/\.(gem|cargo|bundle)\/(credentials|config)(\.toml)?$/,
  /\/\.m2\/settings(-security)?\.xml$/,
  /\/\.gradle\/gradle\.properties$/,
  /\/\.(claude\/\.credentials\.json|codex\/auth\.json|gemini\/oauth_creds\.json)$/,
  /\/library\/keychains(\/|$)/,
  /\/\.(mozilla|thunderbird)(\/|$)/,
  /\/(google-chrome|chromium|bravesoftware)\/.*(cookies|login data|web data)/,
  /\/\.local\/share\/keyrings(\/|$)/,
  /^(\/var)?\/run\/secrets(\/|$)/,
  /^\/etc\/(ssl\/private|sudoers(\.d)?|krb5\.keytab)(\/|$)/,
  /^\/etc\/ssh\/ssh_host_[^/]*_key$/,
  /^\/proc\/[^/]+\/(environ|mem)$/,
];

/** Tells whether the file or directory at `path` (absolute, normalised) looks like it holds a secret. */
export function looksSecret(path: string): boolean {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf("/") + 1);
  // The public half of a key.
  if (name.endsWith(".pub")) return false;
  if (secretPlaces.some((place) => place.test(lower)) || keyNames.some((pattern) => pattern.test(name)))
    return true;
  return !template.test(name) && secretNames.some((pattern) => pattern.test(name));
}

/** Names that stand for each kind of secret, to try wildcards on. */
const samples: readonly string[] = [
  ".env",
  ".env.local",
  ".env.production",
  ".envrc",
  "prod.env",
  "id_rsa",
  "id_ed25519",
  "id_ecdsa",
  "server.key",
  "key.pem",
  "cert.p12",
  "credentials",
  "credentials.json",
  "secrets.yaml",
  "secrets.yml",
  "secrets.json",
  ".netrc",
  ".npmrc",
  ".pgpass",
  ".git-credentials",
  "shadow",
  "config",
  "config.json",
  "auth.json",
];

/**
 * Tells whether a path pattern (shell wildcards within segments) was written so that it finds a secret. A
 * pattern that says nothing (`*`) does not count: what it finds is listed where the machine can be asked.
 */
export function mayLookSecret(pattern: string): boolean {
  if (looksSecret(pattern)) return true;
  const cut = pattern.lastIndexOf("/");
  const directory = pattern.slice(0, cut + 1);
  const name = pattern.slice(cut + 1);
  const literal = name.replace(/[*?[\]]/g, "");
  if (literal.length < 3 && !name.startsWith(".")) return false;
  if (name === ".*") return true;
  return samples.some((sample) => looksSecret(directory + sample) && globMatches(name, sample));
}
