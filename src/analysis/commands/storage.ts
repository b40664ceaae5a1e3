import { knownStart } from "../words.ts";
import type { Program } from "./program.ts";
import { byVerbs, destroys } from "./service-parts.ts";

export const storage: readonly Program[] = [
  {
    names: "rclone",
    ...byVerbs,
    // A remote that is made up on the way begins with a colon.
    places: /^[\w-]{2,}:/,
    ownPlaces: true,
    options: "--password-command,--metadata-mapper,--sftp-ssh,--config=unsafe -n,--dry-run",
    host: null,
    dryRun: ["-n"],
    acts: (args, doing) => {
      // Making the other side like this one deletes what is only there.
      if (/^(sync|bisync|move|moveto)$/.test(knownStart(args.operands[0] ?? "")) && !doing.dry)
        doing.adds(destroys);
    },
    examples: [
      ["rclone lsjson r:b", "low net.connect:fetch:?"],
      ["rclone copy rem:b/x ./x", "low fs.write:tree:/repo/x net.connect:fetch:?"],
      ["rclone copy ./x rem:b", "medium +changes-service fs.read:tree:/repo/x net.connect:send:?"],
      [
        "rclone copy rem:b ~/.config/fish",
        "high +persistence fs.write:tree:~/.config/fish net.connect:fetch:?",
      ],
      ["rclone copy rem:a rem:b", "medium +leaves-machine net.connect:send:?"],
      ["rclone copy x :s3,endpoint=e:b", "medium +leaves-machine net.connect:send:?"],
      ["rclone copy x rem:b --s3-endpoint=e", "medium +leaves-machine net.connect:send:?"],
      ["rclone lsd --password-command=x r:", "high opaque net.connect:fetch:?"],
      ["rclone sync a r:b", "high +destroys-data net.connect:send:?"],
      ["rclone sync a r:b --dry-run", "low net.connect:fetch:?"],
    ],
  },
  {
    names: "mc minio",
    ...byVerbs,
    // `alias/bucket`. It comes with aliases that are nobody's own.
    places: /^(?!(play|s3|gcs)\/)[\w-]+\/[^.]/,
    ownPlaces: true,
    options: "-C,--config-dir=unsafe",
    host: null,
    acts: (args, doing) => {
      if (/^(mirror|mv)$/.test(knownStart(args.operands[0] ?? "")) && !doing.dry) doing.adds(destroys);
    },
    examples: [
      [
        "mc cp x m/b/",
        "medium +changes-service fs.read:tree:/repo/x fs.write:tree:/repo/m/b net.connect:send:?",
      ],
      ["mc alias set m https://e.example", "medium +leaves-machine net.connect:send:?"],
      ["mc admin bucket remove m b", "high net.connect:send:?"],
      ["mc mirror a m/b", "high +destroys-data net.connect:send:?"],
    ],
  },
  {
    names:
      "restic borg borgmatic velero duplicity duplicacy kopia rdiff-backup tarsnap bacula bconsole s3cmd s5cmd b2 gdrive dropbox wal-g pgbackrest barman",
    ...byVerbs,
    places: /^[\w-]{2,}:|^s3:\/\//,
    // Only locks that nobody holds any more; and what is there is left as it is.
    modest: /^(unlock|restore create [\w-]+)$/,
    options:
      "--password-command,--metadata-mapper,--sftp-ssh,--rsh,--remote-path,-o,--option,--options=unsafe --mode= --tag= --path= --host= -r,--repo= --config=read",
    host: null,
    dryRun: ["--dry-run"],
    acts: (args, doing) => {
      const text = args.operands.map(knownStart).join(" ");
      // Making the other side like this one deletes what is only there.
      if (doing.dry || args.has("-n")) return;
      if (/^(sync|move)\b|\b(forget|compact|recreate|rebuild-index|key remove)\b/.test(text))
        doing.adds(destroys);
    },
    examples: [
      ["velero backup logs b", "low net.connect:fetch:?"],
      ["velero restore create x", "medium +changes-service net.connect:send:?"],
      ["restic stats --mode restore-size", "low net.connect:fetch:?"],
      ["restic -o sftp.command=x snapshots", "high opaque net.connect:fetch:?"],
      ["restic unlock", "medium +changes-service net.connect:send:?"],
      ["restic backup src", "medium +leaves-machine net.connect:send:?"],
      ["restic forget --keep-last 1 --prune", "high net.connect:send:?"],
      ["borg create r::a x", "medium +leaves-machine net.connect:send:?"],
    ],
  },
];
