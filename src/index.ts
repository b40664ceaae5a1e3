// What `import "@mirroros/mirror"` gives: the use cases behind the commands, and the shapes they speak in.
export { addAgent, listAgents, removeAgent, showAgent } from "./app/agents.ts";
export type { Explanation } from "./app/explain.ts";
export { type Explainer, explainer } from "./app/explainer.ts";
export { type InitOptions, type InitResult, initialise } from "./app/init.ts";
export { type LintReport, lintWorkTree } from "./app/lint.ts";
export { findEntry, type LogQuery, queryLog } from "./app/log.ts";
export type { EffectSummary, LogEntry } from "./app/log-entry.ts";
export { type RepositoryStatus, repositoryStatus } from "./app/status.ts";
export { type VerifyReport, verifyRepository } from "./app/verify.ts";
export type { Where } from "./app/where.ts";
export { type ErrorCode, isMirrorError, MirrorError } from "./base/errors.ts";
export { formatProblem, type Problem } from "./base/problem.ts";
