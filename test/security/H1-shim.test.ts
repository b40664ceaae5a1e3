// TRUST H1: the shim passes an answer on only if it is the gate's, whole, and to this very request. Everything
// else is the constant deny: never an allow, never nothing.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  answer,
  type Carrier,
  carriers,
  deny,
  goodAnswer,
  type Handler,
  ShimBench,
  shells,
} from "../hook/shim-bench.ts";

const allow = '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}';

/** What a server may say that must not be believed. */
const badAnswers: readonly (readonly [string, Handler])[] = [
  ["another request's number", ({ response }) => response.end(`${allow}\n${"0".repeat(36)}\n`)],
  ["no number", ({ response }) => response.end(`${allow}\n`)],
  ["the number not at the end", ({ response, nonce }) => response.end(`${allow}\n${nonce}\nmore\n`)],
  ["the number in the answer only", ({ response, nonce }) => response.end(`{"${nonce}":1}\n`)],
  ["an empty body", ({ response }) => response.end()],
  ["only the number", ({ response, nonce }) => response.end(`\n${nonce}\n`)],
  ["nothing that is an object", ({ response, nonce }) => response.end(`allow\n${nonce}\n`)],
  ["a status 500", ({ response, nonce }) => answer(response, 500, `${allow}\n${nonce}\n`)],
  ["a status 403", ({ response, nonce }) => answer(response, 403, `${allow}\n${nonce}\n`)],
  ["a status 204", ({ response }) => response.writeHead(204).end()],
  [
    "a redirect",
    ({ response, nonce }) =>
      response.writeHead(302, { location: "http://mirror/v1/hook/x" }).end(`${allow}\n${nonce}\n`),
  ],
  [
    "less than it promised",
    ({ request, response, nonce }) => {
      response.writeHead(200, { "content-length": "5000" });
      response.write(`${allow}\n${nonce}\n`, () => request.socket.destroy());
    },
  ],
  [
    "a chunked body without its end",
    ({ request, response, nonce }) => {
      response.write(`${allow}\n${nonce}\n`, () => request.socket.destroy());
    },
  ],
  ["nothing but a closed connection", ({ request }) => request.socket.destroy()],
];

/** Every shell with the first carrier there is; the others under one. */
const ways = [
  ...shells.map((shell): [string, Carrier | undefined, readonly string[]] => [
    shell.join(" "),
    carriers[0],
    shell,
  ]),
  ...carriers
    .slice(1)
    .map((carrier): [string, Carrier, readonly string[]] => ["/bin/sh", carrier, ["/bin/sh"]]),
];

describe.each(ways)("under %s with %s", (_, carrier, shell) => {
  test.each(badAnswers)("%s: deny", async (_, handler) => {
    const bench = new ShimBench("bench", { carrier: carrier ?? "none" });
    await bench.serve(handler);
    const { status, stdout, stderr } = await bench.run({ shell });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(deny);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(JSON.parse(stdout).hookSpecificOutput.permissionDecisionReason).toContain("mirror doctor");
    expect(bench.coldCall()).toBeNull();
  });
});

test("H1: an answer to another request passes where the number is not compared", async () => {
  const careless = (text: string): string => {
    const rule = /^\[ "\$body" != "\$answer" \] \|\| deny .*$/m;
    expect(text).toMatch(rule);
    return text.replace(rule, `body=\${answer%%$newline*}`);
  };
  const replayed: Handler = ({ response }) => response.end(`${allow}\n${"0".repeat(36)}\n`);
  for (const [change, stdout] of [
    [(text: string) => text, expect.stringMatching(deny)],
    [careless, `${allow}\n`],
  ] as const) {
    const bench = new ShimBench("bench", { change });
    await bench.serve(replayed);
    expect((await bench.run()).stdout).toEqual(stdout);
  }
});

test("H1: ~/.curlrc steers curl where it is not told to read none", async () => {
  for (const [change, stdout] of [
    [(text: string) => text, `${allow}\n`],
    [
      (text: string) => text.replace(" -q --noproxy", " --noproxy").replace("  HOME XDG", "  XDG"),
      expect.stringMatching(deny),
    ],
  ] as const) {
    const bench = new ShimBench("bench", { carrier: "curl", change });
    await bench.serve(goodAnswer(allow));
    writeFileSync(join(bench.top, ".curlrc"), 'output = "/dev/null"\n');
    expect((await bench.run()).stdout).toEqual(stdout);
  }
});

test("H1: PERL5OPT steers perl where it is not unset", async () => {
  for (const [change, stdout] of [
    [(text: string) => text, expect.stringMatching(deny)],
    [(text: string) => text.replace("PERL5OPT PERL5LIB", ""), `${allow}\n`],
  ] as const) {
    const bench = new ShimBench("bench", { carrier: "perl", change });
    await bench.serve(({ response }) => response.writeHead(500).end());
    const script = `print '${allow}', "\\n$ARGV[2]\\n200"; exit 0`;
    writeFileSync(join(bench.top, "Evil.pm"), `INIT { ${script} } 1;\n`);
    const environment = { PERL5OPT: "-MEvil", PERL5LIB: bench.top };
    expect((await bench.run({ environment })).stdout).toEqual(stdout);
  }
});

test.each(carriers)("a gate that hangs, with %s: deny", async (carrier) => {
  const hasty = (text: string): string => {
    const changed = text.replace("--max-time 20 ", "--max-time 0.2 ").replace("alarm 20;", "alarm 1;");
    expect(changed).not.toMatch(/--max-time 20 |alarm 20/);
    return changed;
  };
  const bench = new ShimBench("bench", { carrier, change: hasty });
  await bench.serve(() => undefined);
  expect((await bench.run()).stdout).toMatch(deny);
});

test("a server that speaks no HTTP: deny", async () => {
  const bench = new ShimBench();
  mkdirSync(join(bench.socket, ".."));
  const server = createServer((socket) => socket.end(`${allow}\n`));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(bench.socket, resolve));
  expect((await bench.run()).stdout).toMatch(deny);
});

describe("the way to the socket", () => {
  async function elsewhere(bench: ShimBench): Promise<string> {
    const evil = join(bench.top, "evil");
    await bench.serve(goodAnswer(allow), join(evil, "coder.sock"));
    return evil;
  }

  test("a link in place of its directory: deny", async () => {
    const bench = new ShimBench();
    symlinkSync(await elsewhere(bench), join(bench.state, "sockets"));
    expect((await bench.run()).stdout).toMatch(deny);
  });

  test("a link in place of the socket: deny", async () => {
    const bench = new ShimBench();
    const evil = await elsewhere(bench);
    mkdirSync(join(bench.socket, ".."));
    symlinkSync(join(evil, "coder.sock"), bench.socket);
    expect((await bench.run()).stdout).toMatch(deny);
  });

  test("a link in place of the state directory: deny", async () => {
    const bench = new ShimBench();
    await bench.serve(goodAnswer(allow));
    const link = join(bench.top, "link");
    symlinkSync(bench.state, link);
    const { stdout } = await bench.run({ args: ["claude-code", "coder", link, "PreToolUse"] });
    expect(stdout).toMatch(deny);
  });

  test("a link in place of sockets.at: deny", async () => {
    const bench = new ShimBench(`long-${"x".repeat(80)}`);
    const at = join(bench.top, "at");
    writeFileSync(at, "/tmp\n");
    symlinkSync(at, join(bench.state, "sockets.at"));
    expect((await bench.run()).stdout).toMatch(deny);
  });

  test.runIf(process.getuid?.() === 0)("a directory of another user: deny", async () => {
    for (const part of ["sockets", "."]) {
      const bench = new ShimBench();
      await bench.serve(goodAnswer(allow));
      execFileSync("chown", ["65534", join(bench.state, part)]);
      expect((await bench.run()).stdout).toMatch(deny);
    }
  });

  test("a state directory that is gone: deny", async () => {
    const bench = new ShimBench();
    const { stdout } = await bench.run({
      args: ["claude-code", "coder", join(bench.top, "none"), "PreToolUse"],
    });
    expect(stdout).toMatch(deny);
  });
});

describe("what the environment says does not steer it", () => {
  test("~/.curlrc is not read (it once made an empty answer with exit 0)", async () => {
    const bench = new ShimBench("bench", { carrier: "curl" });
    await bench.serve(goodAnswer(allow));
    const curlrc = 'output = "/dev/null"\nproxy = "http://127.0.0.1:9"\n';
    for (const name of [".curlrc", "_curlrc", ".config/curlrc"]) {
      mkdirSync(join(bench.top, ".config"), { recursive: true });
      writeFileSync(join(bench.top, name), curlrc);
    }
    const environment = { CURL_HOME: bench.top, XDG_CONFIG_HOME: join(bench.top, ".config") };
    expect(await bench.run({ environment })).toMatchObject({ status: 0, stdout: `${allow}\n` });
  });

  test.each(carriers)("no proxy, no key log, no library, no start-up file, with %s", async (carrier) => {
    const bench = new ShimBench("bench", { carrier });
    await bench.serve(goodAnswer(allow));
    const rc = join(bench.top, "rc");
    writeFileSync(rc, `echo '${allow}'; exit 0\n`);
    const log = join(bench.top, "keys");
    const proxy = "http://127.0.0.1:9";
    const environment = {
      ...{ http_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy, all_proxy: proxy, no_proxy: "" },
      ...{ BASH_ENV: rc, ENV: rc, SSLKEYLOGFILE: log, OPENSSL_CONF: "/none", CURL_SSL_BACKEND: "x" },
      ...{ PERL5OPT: "-Mnone", PERLIO: ":none", PERL_UNICODE: "SDA", PERL5DB: "exit" },
      ...{ IFS: "/", CDPATH: "/", PATH: "/none", PS4: `$(touch ${log})`, LC_ALL: "C.UTF-8" },
    };
    for (const shell of [...shells, ["/bin/bash"]]) {
      expect(await bench.run({ shell, environment: without(environment, shell) })).toEqual({
        status: 0,
        stdout: `${allow}\n`,
        stderr: "",
      });
    }
    expect(existsSync(log)).toBe(false);
  });

  test.runIf(existsSync("/bin/bash"))(
    "functions that bash takes from the environment are dropped",
    async () => {
      const bench = new ShimBench();
      await bench.serve(({ response }) => response.end());
      const environment = {
        "BASH_FUNC_printf%%": `() { echo '${allow}'; exit 0; }`,
        "BASH_FUNC_[%%": "() { return 0; }",
        "BASH_FUNC_read%%": "() { nonce=; }",
      };
      expect((await bench.run({ shell: ["/bin/bash", "--posix"], environment })).stdout).toMatch(deny);
    },
  );

  test("neither the gate that is started nor Node in the carrier's place sees any of it", async () => {
    const environment = {
      ...{ NODE_OPTIONS: "--require /evil", NODE_PATH: "/evil", NODE_EXTRA_CA_CERTS: "/evil", HOME: "/evil" },
      ...{
        LD_LIBRARY_PATH: "/evil",
        MIRROR_HOME: "/evil",
        XDG_STATE_HOME: "/evil",
        TMPDIR: "/evil",
        GIT_DIR: "/evil",
      },
    };
    const bench = new ShimBench();
    await bench.run({ environment });
    const without = new ShimBench("bench", { carrier: "none" });
    expect((await without.run({ environment })).stdout).toBe('{"cold":true}\n');
    for (const saw of [bench.start(), without.coldCall()]) {
      // PWD and the like are the fake Node's own shell's.
      const names = saw?.environment.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
      expect(names?.filter((line) => line !== "HOME=/nonexistent").sort()).toEqual([
        "LC_ALL=C",
        "PATH=/usr/local/bin:/usr/bin:/bin",
      ]);
    }
  });
});

/** bash outside POSIX mode runs BASH_ENV before the script: nothing in the script can help that; hooks run sh. */
function without(environment: Record<string, string>, shell: readonly string[]): Record<string, string> {
  const { BASH_ENV, ...rest } = environment;
  return shell.length === 1 && shell[0] === "/bin/bash" ? rest : environment;
}
