import type { MirrorDocument } from "./document-shapes.ts";
import type { BusSettings } from "./policy-set.ts";

type BusDocument = NonNullable<MirrorDocument["bus"]>;

/** Where nothing is said: the providers' own, and what their clients wait for. */
export const usualBusSettings: BusSettings = {
  upstreams: {
    anthropic: "https://api.anthropic.com",
    openai: "https://api.openai.com",
    gemini: "https://generativelanguage.googleapis.com",
  },
  answerTimeout: 600,
  idleTimeout: 300,
};

/** Gives the settings of a document whose schema holds. */
export function readBusSettings({ upstreams, answer_timeout, idle_timeout }: BusDocument = {}): BusSettings {
  return {
    upstreams: { ...usualBusSettings.upstreams, ...upstreams },
    answerTimeout: answer_timeout ?? usualBusSettings.answerTimeout,
    idleTimeout: idle_timeout ?? usualBusSettings.idleTimeout,
  };
}

/** Gives the document of settings; null where all is as usual. */
export function busDocument({ upstreams, answerTimeout, idleTimeout }: BusSettings): BusDocument | null {
  const own = Object.entries(upstreams).filter(
    ([name, address]) => usualBusSettings.upstreams[name as keyof BusSettings["upstreams"]] !== address,
  );
  const document = {
    ...(own.length === 0 ? {} : { upstreams: Object.fromEntries(own) }),
    ...(answerTimeout === usualBusSettings.answerTimeout ? {} : { answer_timeout: answerTimeout }),
    ...(idleTimeout === usualBusSettings.idleTimeout ? {} : { idle_timeout: idleTimeout }),
  };
  return Object.keys(document).length === 0 ? null : document;
}
