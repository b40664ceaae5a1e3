import { isRandom } from "./random-words.ts";
import { findAll, type Span } from "./secret-spans.ts";

// Secrets that tell by their own look what they are, wherever they stand.

/** Blocks that are no secret, whatever they look like: certificates, public keys, signatures, what a page embeds. */
const openBlocks =
  /-----BEGIN (?:[A-Z0-9]+ )*(?:PUBLIC KEY|CERTIFICATE|CERTIFICATE REQUEST|PUBLIC KEY BLOCK|SIGNATURE|MESSAGE|CRL|PARAMETERS)-----[\s\S]*?(?:-----END[A-Z0-9 ]*-----|$)|\bdata:[\w.+/-]*(?:;[\w=-]+)*;base64,[\w+/=-]*|\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\w+|sk-[\w-]+@openssh\.com)\s+[\w+/=]+/g;

/** The forms of tokens by kind; where a form has a group, the secret is what it holds. Every repetition is bounded or plain. */
const forms: readonly (readonly [kind: string, form: RegExp])[] = [
  [
    "private-key",
    /-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END[A-Z0-9 ]{0,40}-----|$)|\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g,
  ],
  ["jwt", /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*/g],
  ["github-token", /\b(?:gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{16,})/g],
  [
    "gitlab-token",
    /\b(?:gl(?:pat|ptt|dt|rtr?|cbt|ft|soat|agent|oas|imt|ffct|wt)-[\w-]{10,}(?:\.[\w.-]+)?|GR1348941[\w-]{16,})/g,
  ],
  ["aws-key", /\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA|ANPA|ANVA)[0-9A-Z]{16}\b|\bABSK[\w+/=]{40,}/g],
  ["slack-token", /\bx(?:ox[abceoprs]|app)-[\w.-]{8,}/g],
  ["google-key", /\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bGOCSPX-[\w-]{16,}|\b1\/\/0[\w-]{30,}/g],
  ["npm-token", /\bnpm_[A-Za-z0-9]{20,}/g],
  [
    "api-key",
    /\b(?:sk|pk|rk)(?:_live|_test|-ant|-proj|-or|-svcacct|-admin)?[-_](?!ecdsa-|ssh-)(?=[\w-]*\d)[\w-]{16,}/g,
  ],
  ["mapbox-token", /\b[sp]k\.eyJ[\w-]{10,}\.[\w-]{10,}/g],
  [
    // One word each: what providers begin their tokens with.
    "service-token",
    /\b(?:mirror-bus-|hf_|gsk_|r8_|pplx-|pcsk_|lsv2_(?:pt|sk)_|do[opr]_v1_|dckr_[po]at_|pypi-|rubygems_|CLOJARS_|shp(?:at|ca|pa|ss)_|shippo_(?:live|test)_|sq0[a-z]{3}-|whsec_|tskey-|lin_(?:api|oauth)_|figd_|AT[AC]TT3x|ATBB(?=\w*\d)|hv[sbr]\.|xai-|ntn_|secret_(?=\w*\d)|pul-|sntry[su]_|gl(?:sa|c)_|NRAK-|PMAK-|HRKU-|phc_|phx_|rnd_|fo1_|fm[12]_|nfp_|sbp_|sb_secret_|pscale_(?:tkn|pw|oauth)_|vercel_|dapi(?=[0-9a-f]{32})|dp\.(?:pt|st|ct|sa|scim|audit)\.|ops_eyJ|dt0[a-z]\d\d\.|bkua_|CCIPAT_|AKCp|pnu_|EAA(?=\w*\d)\w{20}|xkeysib-|sha256~|sl\.|p8e-|key-(?=[0-9a-f]{32}))[\w=.+/-]{16,}/g,
  ],
  ["sendgrid-key", /\bSG\.[\w-]{16,}\.[\w-]{16,}/g],
  ["bot-token", /\b\d{8,10}:AA[\w-]{30,}|\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}/g],
  ["twilio-key", /\bSK[0-9a-f]{32}\b/g],
  ["mailchimp-key", /\b[0-9a-f]{32}-us\d{1,2}\b/g],
  [
    "azure-key",
    /(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])|\b[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20,}/g,
  ],
  ["terraform-token", /\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}/g],
  ["airtable-token", /\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}/g],
  ["registry-token", /\bcio[A-Za-z0-9]{32}\b|\boy2[a-z0-9]{43}\b/g],
  ["onepassword-key", /\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{6}-[A-Z0-9]{5}|[A-Z0-9]{11})(?:-[A-Z0-9]{5}){3,}/g],
  ["vault-token", /(?<![\w.])s\.(?=\w*\d)[A-Za-z0-9]{24}\b/g],
  [
    "webhook",
    /(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/|webhook\.office\.com\/webhookb2\/)([\w/@-]{16,})/g,
  ],
  ["password-hash", /\$(?:[1567]|2[abxy]|y|apr1|argon2(?:id?|d)|scrypt)\$[\w./$=,+-]{20,}/g],
];

/** Finds tokens of known forms. */
export function findTokens(text: string): Span[] {
  const spans: Span[] = [];
  // Every form, and every random word, has so many characters in a row.
  if (!/[\w+/=.~-]{12}/.test(text) && !text.includes("-----BEGIN")) return spans;
  const open = findAll("open", openBlocks, text);
  for (const [kind, form] of forms) spans.push(...findAll(kind, form, text));
  return open.length === 0 ? spans : outside(open, spans);
}

const candidates = /[A-Za-z0-9+/_=-]{20,}/g;

/** Finds words that are too random for a name. */
export function findRandom(text: string): Span[] {
  const words = findAll("random", candidates, text).filter(({ start, end }) =>
    isRandom(text.slice(start, end), text.slice(Math.max(0, start - 16), start)),
  );
  return words.length === 0 ? words : outside(findAll("open", openBlocks, text), words);
}

function outside(blocks: readonly Span[], spans: readonly Span[]): Span[] {
  return spans.filter(({ start, end }) => !blocks.some((block) => block.start <= start && end <= block.end));
}
