import { containers } from "./containers.ts";
import { infrastructure } from "./infrastructure.ts";
import { kubernetes } from "./kubernetes.ts";
import type { Program } from "./program.ts";
import { providers } from "./providers.ts";
import { services } from "./services.ts";
import { storage } from "./storage.ts";

/** Programs that speak to a service, here or elsewhere. */
export const cloud: readonly Program[] = [
  ...containers,
  ...kubernetes,
  ...infrastructure,
  ...providers,
  ...storage,
  ...services,
];
