import type { Word } from "../../model/command.ts";
import { combineRisks, type Risk } from "../../model/risk.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { critical, high, low, medium, type Program } from "./program.ts";

const destroys = high("destroys-data");

/** What SQL statements do, by their first words. Comments and quoted texts are taken out first. */
function sqlRisk(sql: string): Risk {
  const plain = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").replace(/'(?:[^']|'')*'/g, "''");
  return combineRisks(plain.split(";").map((statement) => statementRisk(statement.trim().toLowerCase())));
}

function statementRisk(statement: string): Risk {
  if (
    /^(drop|truncate|flush|purge|reset)\b|\b(drop|truncate)\s+(table|database|schema|index|view|column|user|role|tablespace|materialized)\b/.test(
      statement,
    )
  )
    return destroys;
  if (/\b(delete\s+from|update)\b/.test(statement))
    return /\bwhere\b/.test(statement) ? medium("changes-files") : destroys;
  if (
    /\b(copy\b.*\bprogram|xp_cmdshell|lo_export|load_file|into\s+(out|dump)file|sys_exec)\b|^\\!|^\.(shell|system)\b/.test(
      statement,
    )
  )
    return high("runs-local-code");
  if (/^(grant|revoke|create\s+(user|role)|alter\s+(user|role|system))\b/.test(statement))
    return high("privilege");
  if (
    /^(insert|create|alter|merge|replace|upsert|copy|call|do|exec|load|import|vacuum|reindex|rename|set\s+global)\b/.test(
      statement,
    )
  )
    return medium("changes-files");
  return acting.test(statement) ? medium("changes-files") : low;
}

/** Functions that do more than give a value. */
const acting =
  /\b(pg_(terminate|cancel|reload|rotate|switch|promote|drop|create|advisory)\w*|dblink\w*|lo_\w+|setval|nextval|http_\w+|sp_\w+|xp_\w+|utl_\w+|dbms_\w+)\s*[.(]/;

/** Commands of the clients' own that only look, and functions and statements by which a database reaches files. */
const harmlessCommand =
  /^\.(tables?|schema|databases|indexe?s|headers?|mode|width|timer|help|version|show|stats|eqp|echo|bail|changes|nullvalue|separator|quit|exit|limit|fullschema|dbinfo|dump)\b(?![^\n]*[|>])|^\\(d\w*\+?|l\+?|x|timing|conninfo|pset|a|t|q|z|encoding|dt\+?|df\+?|G|g)\b(?![^\n]*[|>])/i;
const reaching =
  /\b(readfile|writefile|load_extension|edit|attach|zipfile|fsdir)\b\s*\(?|\bpg_(read|ls|write)_\w+|^\s*(system|source|tee|pager|edit)\s/im;

function reachesOut(text: string): boolean {
  const lines = text.split("\n").map((line) => line.trim());
  const commands = lines.filter((line) => /^[.\\]\S/.test(line));
  return commands.some((line) => !harmlessCommand.test(line)) || reaching.test(text);
}

/** SQL on the command line or on standard input; a file of it, or a session, is unsure. */
function runsSql(given: readonly Word[], files: readonly Word[], doing: Doing): void {
  const stdin = doing.invocation.stdin;
  const texts = given.length === 0 && files.length === 0 && stdin !== null ? [stdin] : given;
  for (const text of texts) {
    doing.mustKnow(text);
    doing.adds(sqlRisk(isOpen(text) ? text.text : text));
    if (!isOpen(text) && /^\s*\\!|^\s*\.(shell|system)\b/m.test(text))
      doing.unsure("its statements run programs");
    else if (!isOpen(text) && reachesOut(text)) doing.unsure("its statements may reach files or programs");
  }
  for (const file of files) {
    const known = doing.lookInto(file);
    if (known === null) doing.unsure("runs statements of a file");
    else doing.adds(sqlRisk(known));
  }
  if (texts.length === 0 && files.length === 0)
    doing.unsure(doing.invocation.piped ? "runs whatever is piped into it" : "starts a session");
}

/** Connects to where the words say; what only looks fetches. Comes last, when that is known. */
function connects(args: Arguments, hostOption: string, doing: Doing): void {
  const looks = doing.opaque.size === 0 && combineRisks(doing.risks).level === "low";
  const direction = looks ? "fetch" : "send";
  const host = args.value(hostOption);
  const url = args.operands.find((word) => /:\/\//.test(knownStart(word)));
  if (host !== null) doing.connect(host, direction);
  else if (url !== undefined) doing.connect(url, direction);
  else doing.connectHost("localhost", direction);
}

function values(args: Arguments, id: string): Word[] {
  return args.options.flatMap((option) => (option.id === id && option.value !== null ? [option.value] : []));
}

const redisDestroys =
  /^(flushall|flushdb|del|unlink|shutdown|debug|config|script|migrate|swapdb|rename|cluster|failover|replicaof|slaveof|xtrim|ltrim|hdel|srem|zrem\w*|getdel|spop|bgrewriteaof|acl|module|eval\w*|function)$/i;
const redisReads =
  /^(get|mget|keys|scan|info|ping|exists|type|ttl|pttl|llen|lrange|hget|hgetall|hkeys|hvals|hlen|smembers|scard|sismember|zrange|zscore|zcard|dbsize|time|client|slowlog|memory|strlen|monitor|lastsave|command|object|xlen|xrange|xinfo|latency|randomkey|getrange|dump|role|echo|hmget|hscan|sscan|zscan|subscribe)$/i;

export const databases: readonly Program[] = [
  {
    names: "psql cockroach-sql pgcli usql vsql",
    options:
      "-c,--command=skip -f,--file=skip -h,--host=skip -p,--port= -U,--username= -d,--dbname=skip -o,--output=write -L,--log-file=write -v,--set,--variable= -F,--field-separator= -P,--pset= -R= -T= -l,--list -t -A -q -X -x -w -W -1 -a -b -e -E -n -s -S -z -0 -H --csv",
    strict: true,
    acts: (args, doing) => {
      if (!args.has("-l")) runsSql(values(args, "-c"), values(args, "-f"), doing);
      connects(args, "-h", doing);
    },
    examples: [
      ["psql -c 'SELECT 1'", "low net.connect:fetch:localhost"],
      [
        "psql -h db.example.com -c 'SELECT pg_terminate_backend(1)'",
        "medium net.connect:send:db.example.com",
      ],
      ["psql -h db.example.com -c 'DROP TABLE users'", "high +destroys-data net.connect:send:db.example.com"],
      ["psql -c 'DELETE FROM users'", "high +destroys-data net.connect:send:localhost"],
      ["psql -c 'DELETE FROM users WHERE id=1'", "medium net.connect:send:localhost"],
      ["psql", "low opaque net.connect:send:localhost"],
    ],
  },
  {
    names: "mysql mariadb mycli",
    options:
      "-e,--execute=skip -h,--host=skip -P,--port= -u,--user= -p,--password[=secret-arg] -D,--database= -S,--socket= --defaults-file= --defaults-extra-file= --init-command=skip --tee=write --pager[=unsafe] --ssl-ca= --ssl-cert= --ssl-key= --default-character-set= -N -s -B -t -v -A -f -H -X -E -G --skip-column-names --batch --raw --silent --force --table --ssl-mode= --protocol= --connect-timeout= --local-infile[=]",
    strict: true,
    acts: (args, doing) => {
      runsSql([...values(args, "-e"), ...values(args, "--init-command")], [], doing);
      connects(args, "-h", doing);
    },
    examples: [
      ["mysql -u root -pX -e 'SHOW TABLES'", "low net.connect:fetch:localhost"],
      ["mysql -e 'TRUNCATE TABLE x' app", "high +destroys-data net.connect:send:localhost"],
    ],
  },
  {
    names: "sqlite3 sqlite duckdb litecli",
    style: "long",
    options:
      "-cmd=skip -init=read -separator= -nullvalue= -header -csv -json -line -column -batch -bail -readonly -c=skip -s=skip -f=skip",
    acts: (args, doing) => {
      const [file, ...statements] = args.operands;
      const given = [...statements, ...values(args, "-cmd"), ...values(args, "-c"), ...values(args, "-s")];
      if (file !== undefined && knownStart(file) !== ":memory:") {
        doing.read(file);
        const risks = given.map((text) => sqlRisk(knownStart(text)));
        if (!args.has("-readonly") && (given.length === 0 || combineRisks(risks).level !== "low"))
          doing.write(file);
      }
      runsSql(given, values(args, "-f"), doing);
    },
    examples: [
      ["sqlite3 a.db 'SELECT 1'", "low fs.read:/repo/a.db"],
      ["sqlite3 a.db 'DROP TABLE x'", "high +destroys-data fs.read:/repo/a.db fs.write:/repo/a.db"],
      ["sqlite3 a.db .tables", "low fs.read:/repo/a.db"],
      ["sqlite3 a.db '.output x'", "low opaque fs.read:/repo/a.db"],
      ["sqlite3 a.db '.shell id'", "high opaque fs.read:/repo/a.db fs.write:/repo/a.db"],
    ],
  },
  {
    names: "mongosh mongo",
    options:
      "--eval=skip --host=skip --port= -u= -p=secret-arg --username= --password=secret-arg --authenticationDatabase= -f,--file=skip --quiet --norc --shell --tls",
    acts: (args, doing) => {
      const given = values(args, "--eval");
      for (const text of given) {
        doing.mustKnow(text);
        const code = isOpen(text) ? text.text : text;
        if (
          /\b(drop\w*|delete\w*|remove\w*|shutdownServer|renameCollection|truncate)\s*\(|\b(process|require|load)\b/i.test(
            code,
          )
        )
          doing.adds(destroys);
        else if (/\b(insert|update|replace|create|save|bulkWrite|grant)\w*\s*\(/i.test(code))
          doing.adds(medium("changes-files"));
        else if (
          !/^\s*(db(\.[\w.]+)*(\.(find|findOne|count\w*|stats|getIndexes|explain|distinct|aggregate|estimatedDocumentCount|getName|serverStatus|version|limit|sort|toArray|pretty|getCollectionNames|hostInfo|hello|currentOp|listCollections)\([^;]*\))*|show \w+|rs\.status\(\)|sh\.status\(\))\s*;?\s*$/i.test(
            code,
          )
        )
          doing.unsure("runs code in a language mirror does not read");
      }
      if (given.length === 0)
        doing.unsure(doing.invocation.piped ? "runs whatever is piped into it" : "starts a session");
      for (const file of values(args, "-f")) doing.read(file);
      connects(args, "--host", doing);
    },
    examples: [
      ["mongosh --eval 'db.users.find()'", "low net.connect:fetch:localhost"],
      ["mongosh --eval 'db.dropDatabase()'", "high +destroys-data net.connect:send:localhost"],
    ],
  },
  {
    names: "redis-cli valkey-cli keydb-cli iredis",
    style: "posix",
    options:
      "-h=skip -p= -s= -a,--pass=secret-arg --user= -u=skip -n= -r= -i= --tls --cacert= --cert= --key= -x -c --raw --no-raw --csv --json --stat --latency --bigkeys --memkeys --hotkeys --scan --pattern= --eval=read --pipe --rdb=write --cluster=skip --no-auth-warning -e -3 -2",
    acts: (args, doing) => {
      const verb = knownStart(args.operands[0] ?? "");
      const second = knownStart(args.operands[1] ?? "");
      if (args.has("--eval", "--pipe", "--cluster")) doing.unsure("runs whatever it is given");
      if (verb === "") {
        if (
          !args.has(
            "--scan",
            "--stat",
            "--latency",
            "--bigkeys",
            "--memkeys",
            "--hotkeys",
            "--rdb",
            "--eval",
            "--pipe",
          )
        ) {
          doing.unsure(doing.invocation.piped ? "runs whatever is piped into it" : "starts a session");
        }
      } else if (
        /^(config|acl|cluster|script)$/i.test(verb) &&
        /^(get|list|whoami|info|nodes|exists|getuser|slots|shards|keyslot)$/i.test(second)
      )
        doing.adds(low);
      else if (redisDestroys.test(verb))
        doing.adds(/^flush|^shutdown$/i.test(verb) ? critical("destroys-data") : destroys);
      else if (!redisReads.test(verb)) doing.adds(medium("changes-files"));
      connects(args, "-h", doing);
    },
    examples: [
      ["redis-cli get a", "low net.connect:fetch:localhost"],
      ["redis-cli FLUSHALL", "critical +destroys-data net.connect:send:localhost"],
      ["redis-cli -h r.example.com del a", "high net.connect:send:r.example.com"],
    ],
  },
  {
    names:
      "dropdb dropuser createdb createuser pg_dump pg_dumpall pg_restore pg_ctl pg_resetwal pg_basebackup vacuumdb reindexdb initdb mysqldump mysqladmin mysqlimport mongodump mongorestore mongoexport mongoimport pg_isready mysqlcheck pgbench",
    options:
      "-f,--file=write -h,--host=skip -U,--username= -u= -p[=secret-arg] -d,--dbname= -t,--table= -n= -F= -Z= -j= -D= -o,--out=write -r,--result-file=write -c,--clean --drop -C -s -a -v -w -W --if-exists",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "").replace(/^.*\//, "");
      const text = args.operands.map(knownStart).join(" ");
      if (
        /^drop|resetwal/.test(name) ||
        /\b(drop|shutdown|kill|flush-\w+|stop)\b/.test(text) ||
        (/restore/.test(name) && args.has("-c", "--drop"))
      )
        doing.adds(destroys);
      else if (!/dump|export|isready/.test(name)) doing.adds(medium("changes-files"));
      if (/restore|import/.test(name)) for (const word of args.operands) doing.read(word);
      connects(args, "-h", doing);
    },
    examples: [
      ["dropdb x", "high +destroys-data net.connect:send:localhost"],
      ["pg_dump -f a.sql x", "low fs.write:/repo/a.sql net.connect:fetch:localhost"],
    ],
  },
  {
    names:
      "sqlcmd bcp sqlplus clickhouse clickhouse-client cqlsh influx snowsql bq-sql trino presto hive beeline impala-shell spark-sql cypher-shell db2 isql tsql osql arangosh couchbase-cli cbq neo4j-admin nodetool",
    options:
      "-q,--query,-Q=skip -e,--execute=skip -f,--file,-i=skip -h,--host,-S=skip -u,-U= -p,-P,--password=secret-arg -d=skip -o=write",
    acts: (args, doing) => {
      const text = args.operands.map(knownStart).join(" ");
      if (
        /\b(drop|delete|truncate|decommission|removenode|assassinate|bucket-delete|clearsnapshot)\b/i.test(
          text,
        )
      )
        doing.adds(destroys);
      runsSql([...values(args, "-q"), ...values(args, "-e")], values(args, "-f"), doing);
      connects(args, "-h", doing);
    },
    examples: [["clickhouse-client -q 'DROP TABLE x'", "high +destroys-data net.connect:send:localhost"]],
  },
];
