import { examine } from "../../app/doctor/doctor.ts";
import { doctorPage } from "../../ui/doctor-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

/** `mirror doctor`. */
export async function doctorCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  const diagnosis = await examine(context);
  if (options.json === true) context.print(JSON.stringify(diagnosis));
  else for (const line of doctorPage(diagnosis, context.style)) context.print(line);
  return diagnosis.ok ? exitCodes.ok : exitCodes.failure;
}
