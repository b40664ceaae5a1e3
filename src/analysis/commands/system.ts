import { isOpen, knownStart } from "../words.ts";
import { because, critical, high, low, medium, type Program } from "./program.ts";

const destroysDisks = critical("destroys-data", "privilege");
const stops = high("destroys-data", "privilege");

export const system: readonly Program[] = [
  {
    names: "kill pkill killall skill xkill fkill",
    options: "-s,--signal= -n= -l,--list -u= -f -x -9 -o= -t= -P= -g= -i -v -w -e",
    acts: (args, doing) => {
      // `%1` is a job of this very shell.
      const own = args.operands.length > 0 && args.operands.every((word) => /^%\d*$/.test(knownStart(word)));
      if (args.has("-l") || own) return;
      const words = doing.invocation.argv.slice(1).map(knownStart);
      const all = words.some((word, index) => (word === "-1" && index > 0) || word === "1" || word === "0");
      doing.adds(all ? high("destroys-data") : medium("changes-files"));
      if (args.operands.some((word) => /mirror/.test(knownStart(word))))
        doing.adds(critical("changes-guard"));
    },
    examples: [
      ["kill -9 4711", "medium"],
      ["pkill -f mirror", "critical +changes-guard"],
      ["kill -l", "low"],
      ["kill %1", "low"],
      ["kill -9 -1", "high +destroys-data"],
    ],
  },
  {
    names: "shutdown reboot halt poweroff init telinit kexec",
    risk: critical("destroys-data", "privilege"),
    examples: [["shutdown -h now", "critical +privilege"]],
  },
  {
    names:
      "systemctl service launchctl rc-service rc-update chkconfig initctl supervisorctl pm2 sv svc monit",
    options:
      "--user --now --no-pager -l --all -n,--lines= -t,--type= -p= -H,--host=send -M= --state= --failed -q -f -o= --root= --no-block --system --force",
    acts: (args, doing) => {
      const words = args.operands.map(knownStart);
      const verb =
        words.find(
          (word) =>
            /^[a-z][a-z-]*$/.test(word) &&
            /^(status|show|list.*|is-.*|cat|help|get-.*|logs?|describe|print|blame|stop|disable|mask|kill|remove|delete|unload|bootout|poweroff|reboot|halt|isolate|start|restart|reload.*|enable|load|bootstrap|daemon-.*|edit|set-.*|link|unmask|try-restart|flush|save|add|reset-failed|rescue|emergency|revert|startup|kickstart)$/.test(
              word,
            ),
        ) ?? "";
      if (verb === "" && words.length === 0) return;
      if (/^(status|show|list.*|is-.*|cat|help|get-.*|logs?|describe|print|blame)$/.test(verb)) return;
      if (/^(enable|load|bootstrap|link|edit|add|save|startup|set-.*)$/.test(verb))
        doing.adds(high("persistence", "privilege"));
      else if (
        /^(stop|disable|mask|kill|remove|delete|unload|bootout|poweroff|reboot|halt|isolate|flush|rescue|emergency|revert)$/.test(
          verb,
        )
      )
        doing.adds(stops);
      else doing.adds(medium("privilege"));
    },
    examples: [
      ["systemctl status nginx", "low"],
      ["systemctl stop nginx", "high +privilege"],
      ["systemctl enable --now x", "high +persistence"],
      ["service nginx status", "low"],
      ["systemctl restart nginx", "medium"],
    ],
  },
  {
    names: "crontab",
    options: "-u= -l -r -e -i -s",
    acts: (args, doing) => {
      if (args.has("-l")) return;
      doing.adds(args.has("-r") ? high("destroys-data") : high("persistence"));
      for (const word of args.operands) doing.read(word);
    },
    examples: [
      ["crontab -l", "low"],
      ["crontab -r", "high +destroys-data"],
      ["crontab a", "high +persistence fs.read:/repo/a"],
    ],
  },
  {
    names: "at batch atrm schtasks schtasks.exe anacron",
    options: "-f=read -l -c -d -r -t= -q= -m -v -M",
    acts: (args, doing) => {
      if (args.has("-l", "-c")) return;
      doing.adds(high("persistence"));
      const input = doing.invocation.stdin;
      if (input !== null) doing.script(input);
      else if (!args.has("-d", "-r")) doing.unsure("runs its input later");
    },
    examples: [
      ["at -l", "low"],
      ["at now", "high opaque +persistence"],
    ],
  },
  {
    names:
      "mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.ntfs mke2fs mkswap fdisk sfdisk cfdisk parted gdisk sgdisk wipefs blkdiscard hdparm badblocks fsck fsck.ext4 e2fsck tune2fs resize2fs xfs_repair cryptsetup mdadm zpool zfs btrfs dmsetup losetup diskutil diskpart format nvme sg_format partprobe",
    style: "long",
    acts: (args, doing) => {
      const text = args.operands.map(knownStart).join(" ");
      if (
        /^(list|info|status|show|get|history|subvolume list|filesystem (show|df|usage)|device (stats|scan)|version|iostat|activity|apfs list|smart-log|id-ctrl)\b/.test(
          text,
        ) ||
        args.has("-l", "--list", "-L", "--detail", "-D", "--examine", "-E", "--query", "-Q")
      )
        return;
      doing.adds(destroysDisks);
      for (const word of args.operands) if (knownStart(word).startsWith("/dev/")) doing.write(word);
    },
    examples: [
      ["mkfs.ext4 /dev/sdb1", "critical +destroys-data fs.write:/dev/sdb1"],
      ["zfs list", "low"],
      ["mdadm --detail /dev/md0", "low"],
      ["fdisk -l", "low"],
    ],
  },
  {
    names:
      "lvm lvremove vgremove pvremove lvreduce lvresize lvcreate vgcreate pvcreate vgreduce lvs vgs pvs lvdisplay vgdisplay pvdisplay pvscan vgscan lvscan pvmove vgchange lvchange lvextend vgextend",
    style: "long",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "").replace(/^.*\//, "");
      const verb = name === "lvm" ? knownStart(args.operands[0] ?? "") : name;
      if (!/(s|display|scan)$/.test(verb)) doing.adds(destroysDisks);
    },
    examples: [
      ["vgremove x", "critical +destroys-data"],
      ["lvs", "low"],
    ],
  },
  {
    names: "mount umount swapon swapoff fusermount sshfs mount.nfs losetup-x eject",
    acts: (args, doing) => {
      if (args.operands.length > 0) doing.adds(high("privilege"));
    },
    examples: [
      ["mount", "low"],
      ["umount /mnt", "high +privilege"],
    ],
  },
  {
    names:
      "useradd userdel usermod adduser deluser groupadd groupdel groupmod passwd chpasswd chsh chage visudo vipw newusers gpasswd dscl sysadminctl net.exe",
    risk: high("persistence", "privilege"),
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "");
      if (/del$/.test(name)) doing.adds(high("destroys-data"));
      if (name === "passwd" && args.has("-S")) return;
    },
    examples: [["userdel ada", "high +destroys-data"]],
  },
  {
    names:
      "iptables ip6tables nft ufw firewall-cmd pfctl ipset ebtables tc route brctl ovs-vsctl nmcli networksetup ifup ifdown resolvectl iw iwconfig wg wg-quick netsh",
    acts: (args, doing) => {
      const text = [...args.operands, ...args.options.map((option) => option.id)].map(knownStart).join(" ");
      if (
        /(^|\s)(status|show|list|-L|--list|-S|-s|--list-all|--get-.*|-n)(\s|$)/.test(text) &&
        !/(^|\s)(-F|-X|-D|--flush|delete|flush|reset|disable)/.test(text)
      )
        return;
      doing.adds(high("privilege"));
      if (/(^|\s)(-F|-X|-D|--flush|--delete.*|delete|flush|reset|disable)(\s|$)/.test(text))
        doing.adds(high("destroys-data"));
    },
    examples: [
      ["iptables -F", "high +destroys-data"],
      ["ufw status", "low"],
    ],
  },
  {
    names: "ip",
    options: "-4 -6 -br -j -c -s",
    acts: (args, doing) => {
      if (
        args.operands.some((word) =>
          /^(add|del|delete|set|flush|replace|change|up|down|exec)$/.test(knownStart(word)),
        )
      )
        doing.adds(high("privilege"));
    },
    examples: [
      ["ip addr", "low"],
      ["ip link set eth0 down", "high"],
    ],
  },
  {
    names:
      "sysctl modprobe insmod rmmod depmod setenforce getenforce setsebool aa-disable apparmor_parser auditctl setcap grub-install update-grub efibootmgr bootctl dracut mkinitramfs ldconfig update-alternatives timedatectl hostnamectl localectl loginctl csrutil spctl nvram pmset defaults dpkg-reconfigure swaplabel bcdedit reg reg.exe vssadmin wmic sc sc.exe cacls icacls takeown attrib cipher",
    acts: (args, doing) => {
      const text = doing.invocation.argv.slice(1).map(knownStart).join(" ");
      const asks = /^(status|list|-a|show|read|query|-l|--get-.*)?( [\w.]+)?$/.test(text);
      const names = /^(-n )?[\w./]+$/.test(text) && knownStart(doing.invocation.argv[0] ?? "") === "sysctl";
      if (asks && /^(status|list|-|show|read|query)/.test(text || "status")) return;
      if (names) return;
      doing.adds(high("privilege"));
      if (/delete|remove|erase/i.test(text)) doing.adds(high("destroys-data"));
      doing.mustKnow(...args.operands);
    },
    examples: [
      ["sysctl -w a.b=1", "high +privilege"],
      ["sysctl a.b", "low"],
      ["timedatectl status", "low"],
      ["modprobe x", "high +privilege"],
    ],
  },
  {
    names: "journalctl dmesg last-log lastlog ausearch sar coredumpctl logrotate",
    options:
      "-u,--unit= -n,--lines= --since= --until= -f,--follow -p,--priority= -o= -e -x -k -b[=] -r --no-pager --vacuum-size= --vacuum-time= --vacuum-files= --rotate --flush -C,--clear -c -g=",
    flags: {
      "--vacuum-size": high("destroys-data"),
      "--vacuum-time": high("destroys-data"),
      "--vacuum-files": high("destroys-data"),
      "-C": high("destroys-data"),
      "-c": high("destroys-data"),
    },
    examples: [
      ["journalctl -u nginx", "low"],
      ["journalctl --vacuum-time=1s", "high +destroys-data"],
    ],
  },
  {
    names: "screen tmux zellij byobu",
    options: "-S= -X -d -m -r -x -L -f=unsafe",
    subcommands: {
      ...Object.fromEntries(
        "ls list-sessions lsw list-windows lsp list-panes attach a attach-session capture-pane capturep show-options display-message info has-session has"
          .split(" ")
          .map((name) => [name, {}]),
      ),
      "kill-server": { risk: medium("destroys-data") },
      "kill-session": { risk: medium("destroys-data") },
    },
    others: { opaque: "runs programs in another terminal", risk: medium("runs-local-code") },
    examples: [
      ["tmux ls", "low"],
      ["tmux send-keys x", "medium opaque"],
    ],
  },
  {
    names:
      "pbcopy pbpaste xclip xsel wl-copy wl-paste clip open xdg-open start notify-send say osd terminal-notifier",
    risk: low,
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "");
      if (/^(open|xdg-open|start)$/.test(name)) {
        doing.unsure("opens it in a program of the desktop");
        for (const word of args.operands) if (isOpen(word) || !/^https?:/.test(word)) doing.read(word);
      } else if (/paste/.test(name)) doing.adds(medium("outside-repository"));
    },
    examples: [
      ["xclip -o", "low"],
      ["open a.html", "low opaque fs.read:/repo/a.html"],
    ],
  },
  {
    names: "del erase rd deltree",
    risk: high("destroys-data"),
    opaque: because.inlineCode,
    examples: [["del /f /s x", "high opaque"]],
  },
  {
    names: "security keyring secret-tool pass gopass lpass keepassxc-cli bw op-x dscacheutil",
    risk: high("reads-secret"),
    examples: [["security find-generic-password -w", "high +reads-secret"]],
  },
  {
    names: "mirror",
    options: "-C=dir -v --version",
    subcommands: Object.fromEntries(
      "status log show explain verify lint init agent policy trust daemon repair doctor approvals budget grants memory bus export run exec uninstall checkpoint query gate help"
        .split(" ")
        .map((name) => [name, {}]),
    ),
    examples: [
      ["mirror status", "low"],
      ["mirror policy approve x", "low"],
      ["mirror frob", "low opaque"],
    ],
  },
];
