import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import { historyCommands } from "./git-history.ts";
import { lookingCommands } from "./git-looks.ts";
import { remoteCommands } from "./git-remotes.ts";
import { storeCommands } from "./git-store.ts";
import { workTreeCommands } from "./git-work-tree.ts";
import type { Arguments } from "./options.ts";
import { medium, type Program } from "./program.ts";

/** Settings that only change looks, names and defaults; any other key may name a program or another server. */
const harmlessKeys =
  /^(user|author|committer|color|advice|init\.defaultbranch|log|status|column|i18n|gc|safe|push\.(default|autosetupremote|followtags)|fetch\.(prune|parallel)|protocol\.version|branch|tag\.sort|(commit|tag)\.gpgsign|merge\.(conflictstyle|ff|renames|stat|log)|rebase\.(autostash|autosquash|updaterefs|missingcommitscheck)|pull\.(rebase|ff)|diff\.(algorithm|renames|noprefix|mnemonicprefix|colormoved|context|wserrorhighlight|submodule|renamelimit)|core\.(quotepath|autocrlf|abbrev|longpaths|filemode|ignorecase|whitespace|eol|safecrlf|untrackedcache|preloadindex|commentchar|symlinks|precomposeunicode|bare|compression|logallrefupdates))(\.|$)/;

const harmlessSettings =
  /^(core\.fsmonitor=(false|)|core\.hookspath=\/dev\/null|core\.(pager|editor)=(cat|true|:|less|)|sequence\.editor=(true|:)|pager\.\w+=(false|cat|no)|protocol\.ext\.allow=never|core\.askpass=(true|))$/;

/** Options before the subcommand: where it works, and with which settings. */
function globals(args: Arguments, doing: Doing): void {
  for (const option of args.options) {
    if (option.id === "--git-dir" || option.id === "--work-tree") {
      doing.unsure(`\`${option.id}\` works on another repository`);
    }
    if (option.id === "--config-env") doing.unsure("`--config-env` changes settings that may name programs");
    if (option.id !== "-c" || option.value === null) continue;
    const setting = isOpen(option.value) ? null : option.value.toLowerCase();
    const key = setting?.replace(/=.*$/s, "") ?? "";
    if (setting !== null && (harmlessKeys.test(key) || harmlessSettings.test(setting))) continue;
    doing.unsure(
      `\`-c ${setting === null ? "…" : key}\` changes a setting that may name a program or a server`,
    );
    doing.adds(medium("runs-local-code"));
  }
}

export const git: readonly Program[] = [
  {
    names: "git",
    options:
      "-C=dir -c=skip --config-env=skip --exec-path[=unsafe] --git-dir=skip --work-tree=skip --namespace=unsafe --super-prefix=unsafe --attr-source=skip -p,--paginate -P,--no-pager --no-replace-objects --bare --literal-pathspecs --glob-pathspecs --noglob-pathspecs --icase-pathspecs --no-optional-locks --no-lazy-fetch --no-advice --html-path --man-path --info-path --list-cmds=",
    strict: true,
    leavesOut: [
      "-C",
      "-c",
      "-P",
      "-p",
      "--no-optional-locks",
      "--no-lazy-fetch",
      "--no-advice",
      "--no-replace-objects",
      "--literal-pathspecs",
    ],
    acts: globals,
    subcommands: {
      ...lookingCommands,
      ...workTreeCommands,
      ...historyCommands,
      ...storeCommands,
      ...remoteCommands,
    },
    examples: [
      ["git status", "low"],
      ["git -C src -c color.ui=never --no-pager log -3", "low argv:git_log_-3"],
      ["git -C /other status", "low +outside-repository fs.read:/other argv:git_status"],
      ["git -c alias.x=!id x", "medium opaque"],
      ["git -c core.sshCommand=evil fetch", "medium opaque net.connect:fetch:?"],
      ["git --exec-path=/x status", "high opaque"],
      ["git show HEAD:.env", "high +reads-secret fs.read:/repo/.env"],
      ["git show HEAD~2", "low"],
      ["git log -p -- src/a.ts", "low fs.read:/repo/src/a.ts"],
      ["git diff --output=/etc/x", "high fs.write:/etc/x"],
      ["git blame src/a.ts", "low fs.read:/repo/src/a.ts"],
      ["git add .", "low"],
      ["git add .env", "high +reads-secret fs.read:/repo/.env"],
      ["git commit -m x", "low"],
      ["git commit --amend --no-edit", "medium +rewrites-history"],
      ["git push", "medium +leaves-machine +publishes net.connect:send:?"],
      ["git push git@github.com:a/b.git main", "medium net.connect:send:github.com"],
      ["git push -f", "high +rewrites-history net.connect:send:?"],
      ["git push --force-w=other origin +main", "high +rewrites-history net.connect:send:?"],
      ["git push origin :main", "high +destroys-data net.connect:send:?"],
      ["git push origin --delete x", "high +destroys-data net.connect:send:?"],
      ["git push -n --force", "low net.connect:fetch:?"],
      ["git push --receive-pack=evil", "high opaque net.connect:send:?"],
      ["git fetch ext::sh", "high opaque"],
      ["git fetch ../other", "low opaque +outside-repository fs.read:/other"],
      ["git merge -X ours x", "low"],
      ["git merge -X subtree=.claude x", "low opaque"],
      ["git pull -s subtree origin x", "low opaque net.connect:fetch:?"],
      ["git cherry-pick -s x", "low"],
      ["git submodule add ./x .claude", "critical fs.read:/repo/x fs.write:tree:/repo/.claude"],
      ["git mktree", "low opaque"],
      ["git pack-objects .mirror/x", "critical fs.write:/repo/.mirror/x"],
      ["git pull --rebase", "medium +rewrites-history net.connect:fetch:?"],
      ["git clone https://github.com/a/b", "low net.connect:fetch:github.com fs.write:tree:/repo/b"],
      ["git reset --hard HEAD~1", "high +destroys-data"],
      ["git reset --har", "high +destroys-data"],
      ["git reset HEAD~1", "low"],
      ["git clean -fdx", "high +destroys-data"],
      ["git clean -nfd", "low"],
      ["git checkout -- .", "high +destroys-data"],
      ["git checkout .", "high +destroys-data"],
      ["git checkout main", "low"],
      ["git checkout -b x", "low"],
      ["git checkout HEAD a.txt", "high fs.write:/repo/a.txt"],
      ["git restore a.txt", "high +destroys-data fs.write:/repo/a.txt"],
      ["git restore --staged a.txt", "low"],
      ["git switch --discard-changes x", "high +destroys-data"],
      ["git stash", "low"],
      ["git stash drop", "high +destroys-data"],
      ["git branch -D x", "high +destroys-data"],
      ["git branch --list", "low"],
      ["git tag v1", "low"],
      ["git rebase -i HEAD~3", "medium +rewrites-history"],
      ["git rebase --exec id main", "medium script"],
      ["git bisect run make", "low run:make"],
      [
        "git update-ref -d refs/mirror/ledger/x",
        "critical +changes-guard fs.write:/repo/.git/refs/mirror/ledger/x",
      ],
      ["git push origin :refs/mirror/ledger/x", "critical +changes-guard net.connect:send:?"],
      ["git config user.name x", "critical +changes-guard fs.write:/repo/.git/config"],
      ["git config --get user.name", "low"],
      ["git config --global alias.x !id", "high +persistence fs.write:~/.gitconfig"],
      ["git grep -O x", "high opaque fs.read:tree:/repo"],
      ["git wipe", "low opaque"],
      ["git archive HEAD .env", "high fs.read:tree:/repo/.env"],
      ["git worktree add ../x", "medium +outside-repository fs.write:tree:/x"],
      ["git submodule foreach id", "low script"],
    ],
  },
  {
    names: "git-lfs",
    options: "",
    others: "verbs",
    host: null,
    examples: [["git-lfs pull", "low net.connect:fetch:?"]],
  },
];
