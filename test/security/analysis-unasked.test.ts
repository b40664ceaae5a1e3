import { describe, expect, it } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { decide } from "../../src/policy/decide.ts";
import { examplePlaces as places } from "../../src/policy/examples.ts";
import { soloPolicies } from "../fixtures/solo-policies.ts";
import { input } from "../policy/calls.ts";

// What `templates/solo` lets through unasked because it is a day's work, and what looks like it and is not.

const compiled = soloPolicies();

function verdictOf(command: string): string {
  const analysis = analyseCommand(command, { cwd: "/repo", places, world: noWorld });
  return decide(input(analysis, { places }), compiled).verdict;
}

describe.each([
  [
    "a branch that is pushed for review",
    [
      "git push origin fix-1",
      "git push -u origin feature/x",
      "git add -A && git commit -m x && git push --set-upstream origin issue-12",
    ],
    [
      "git push",
      "git push origin fix-x:main",
      "git push origin release-1",
      "git push origin v1.2.0",
      "git push origin Main",
      "git push origin heads/main",
      "git push origin fix-1 --force",
      "git push -uf origin fix-1",
      "git push origin fix-1 && git push -f",
      "git push --receive-pack=x origin fix-1",
      "git push --repo=x origin fix-1",
      "git push -o ci.variable=x origin fix-1",
      "git push --no-verify origin fix-1",
      "git -C /other push origin fix-1",
      "cd /other && git push origin fix-1",
      "git --git-dir=/x push origin fix-1",
      "git -c remote.origin.pushurl=https://x.example push origin fix-1",
      "git -c core.sshCommand=x push origin fix-1",
      "GIT_DIR=/x git push origin fix-1",
      "GIT_SSH_COMMAND=x git push origin fix-1",
      "GIT_CONFIG_COUNT=1 git push origin fix-1",
      "git remote set-url origin https://x.example && git push origin fix-1",
      "sudo git push origin fix-1",
      "cat server.key > a; git add a; git commit -m x; git push origin fix-1",
      "git push origin $(cat x)",
      "git push origin fix-*",
      "bash -c 'git push origin main'",
      "git push origin fix-1 | sh",
    ],
  ],
  [
    "a rebase of this clone's commits",
    ["git rebase main", "git rebase -i HEAD~3", "git rebase --onto main a b", "git rebase --exec true main"],
    [
      "git rebase --exec ./x main",
      "git rebase --exe=x main",
      "git rebase -x'crontab -e' main",
      "git rebase -s x main",
      "git rebase $x",
      "git -c sequence.editor=./x rebase -i main",
      "GIT_SEQUENCE_EDITOR=./x git rebase -i main",
      "EDITOR=./x git rebase -i main",
    ],
  ],
  [
    "packages that the lock file names",
    ["npm ci", "npm install --no-audit --no-fund", "yarn", "pnpm install --frozen-lockfile", "uv sync"],
    [
      "npm install x",
      "npm install .",
      "npm i -g",
      "npm ci --registry https://x.example",
      "npm --registry=https://x.example ci",
      "npm ci --script-shell=./x",
      "npm ci --userconfig=x",
      "npm_config_registry=https://x.example npm ci",
      "npm --prefix /tmp/x ci",
      "cd /tmp/x && npm ci",
      "yarn --cwd /tmp/x",
      "yarn add x",
      "pnpm -C /tmp/x install",
      "UV_INDEX_URL=https://x.example uv sync",
      "UV_CONFIG_FILE=/tmp/x uv sync",
      "uv sync --directory /tmp/x",
      "PIPENV_PIPFILE=/tmp/x pipenv sync",
      "BUNDLE_GEMFILE=/tmp/x bundle install",
      "COMPOSER=/tmp/x composer install",
      "GOPROXY=https://x.example go mod download",
      "cargo fetch --config x",
      "sudo npm ci",
      "npm ci $x",
      "pip install -r requirements.txt",
    ],
  ],
  [
    "files that came with the system",
    [
      "head /usr/include/stdio.h",
      "grep -rn x /usr/share/doc",
      "cat /etc/os-release",
      "cat ~/.ssh/id_rsa.pub",
    ],
    [
      "cat /etc/passwd",
      "cat /usr/include/../../etc/shadow",
      "cd /usr && git status",
      "cd /usr/local/Homebrew && git commit -m x",
      "cat /usr/share/doc/x/.env",
      "cat /usr/share/doc/server.key",
      "cat /*",
      "grep -r x /",
      "cat ~/.ssh/*",
      "cat ~/.ssh/id_rsa ~/.ssh/id_rsa.pub",
      "echo x > /usr/x",
      "rm /usr/bin/x",
      "cp -r /usr/lib /opt",
    ],
  ],
  [
    "what is fetched from a service",
    ["aws s3 cp s3://b/x ./x", "gsutil cp gs://b/x ./x", "rclone copy rem:b/x ./x", "mc cp store/b/x ./x"],
    [
      "aws s3 cp s3://b/x ~/.bashrc",
      "aws s3 cp s3://b/x .github/workflows/x.yml",
      "aws s3 cp s3://b/x .mirror/policies/base.yaml",
      "aws s3 cp s3://a s3://b",
      "aws s3 cp s3://a s3://b --region x",
      "aws s3 cp --endpoint-url https://x.example s3://a ./x",
      "aws s3 cp ./x s3://b",
      "aws s3 cp s3://b/x $x",
      "rclone copy --password-command=./x rem:b ./x",
      "rclone copy --sftp-ssh ./x rem:b ./x",
      "rclone move rem:b ./x",
      "rclone sync rem:b ./x",
      "mc cp ./x store/b",
      "mc mv store/b/x ./x",
    ],
  ],
])("%s", (_title, unasked, others) => {
  it.each(unasked)("goes unasked: %s", (command) => expect(verdictOf(command)).toBe("allow"));
  it.each(others)("is stopped: %s", (command) => expect(verdictOf(command)).not.toBe("allow"));
});
