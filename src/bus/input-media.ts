import type { MeteredApi } from "./provider.ts";

// The bytes of a request bound the tokens of its text. They do not bound what the provider has or fetches by itself, nor
// what it makes of pages and sounds: of such a request nobody can say beforehand what it takes.

type Fields = Readonly<Record<string, unknown>>;

/** Parts of a message whose tokens do not follow from their bytes. */
const mediaTypes: ReadonlySet<unknown> = new Set([
  "document",
  "file",
  "input_file",
  "input_audio",
  "audio",
  "video",
  "container_upload",
  "item_reference",
]);

/** Keys of parts that name something kept or fetched elsewhere, or a medium that is no image. */
const mediaKeys: ReadonlySet<string> = new Set([
  "file_id",
  "file_url",
  "fileData",
  "file_data",
  "input_audio",
  "videoMetadata",
]);

/** What a tool takes is text, whatever it names. */
const notParts: ReadonlySet<string> = new Set(["tools", "functionCall", "function_call"]);

/** The deepest that a request may nest. */
const deepest = 64;

/** Counts the images that a request carries with it; null where it has other media, or some that are elsewhere. */
export function imagesIn(value: unknown, depth = 0): number | null {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > deepest) return null;
  let images = 0;
  if (!Array.isArray(value)) {
    const own = ownImages(value as Fields);
    if (own === null) return null;
    images = own;
  }
  for (const [key, each] of Object.entries(value)) {
    if (notParts.has(key) || (key === "input" && "type" in value && value.type === "tool_use")) continue;
    const inside = imagesIn(each, depth + 1);
    if (inside === null) return null;
    images += inside;
  }
  return images;
}

function ownImages(part: Fields): number | null {
  if (mediaTypes.has(part["type"])) return null;
  if (Object.keys(part).some((key) => mediaKeys.has(key))) return null;
  // Anthropic's, and OpenAI's in both of its APIs.
  if (part["type"] === "url" || part["type"] === "image_url" || part["type"] === "input_image") {
    const named = part["url"] ?? part["image_url"];
    const address =
      typeof named === "object" && named !== null ? (named as { readonly url?: unknown }).url : named;
    return typeof address === "string" && address.startsWith("data:image/") ? 1 : null;
  }
  if (part["type"] === "image") return 1;
  const inline = part["inlineData"] ?? part["inline_data"];
  if (typeof inline !== "object" || inline === null) return 0;
  const data = inline as Fields;
  const mime = data["mimeType"] ?? data["mime_type"];
  return typeof mime === "string" && mime.startsWith("image/") ? 1 : null;
}

/** Members of a request by which a provider adds to its input what the request does not hold. */
const hiding: Readonly<Record<MeteredApi, readonly string[]>> = {
  messages: ["mcp_servers", "container"],
  "chat-completions": ["web_search_options", "audio"],
  responses: ["previous_response_id", "conversation", "prompt"],
  "generate-content": ["cachedContent", "cached_content"],
};

/** Anthropic's tools that the client runs; any other kind may run at the provider. */
const clientTools = /^(?:custom$|bash_|text_editor_|computer_|memory_)/;

/** Tells whether the provider adds to a request's input: from what it keeps, or by tools that run there. */
export function hiddenInput(api: MeteredApi, request: Fields): boolean {
  if (hiding[api].some((key) => request[key] !== undefined && request[key] !== null)) return true;
  const { tools } = request;
  return Array.isArray(tools) && tools.some((tool) => runsThere(api, tool));
}

function runsThere(api: MeteredApi, tool: unknown): boolean {
  if (typeof tool !== "object" || tool === null) return false;
  const { type } = tool as Fields;
  switch (api) {
    case "messages":
      return typeof type === "string" && !clientTools.test(type);
    case "chat-completions":
    case "responses":
      return type !== "function" && type !== "custom" && type !== "local_shell" && type !== "apply_patch";
    case "generate-content":
      return Object.keys(tool).some(
        (key) => key !== "functionDeclarations" && key !== "function_declarations",
      );
  }
}
