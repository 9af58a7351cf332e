#!/usr/bin/env bash
# test_cli.sh - what a shell sees: exit codes, sentences, help, completions, manual pages.
# SPDX-License-Identifier: MIT
set -uo pipefail
bin=${OBSVIEW:?OBSVIEW must name the binary}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(dirname "$bin")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME=$tmp XDG_CONFIG_HOME=$tmp/config XDG_STATE_HOME=$tmp/state
unset OBSVIEW_CONFIG
export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any

passed=0
failed=0
ok() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    echo "ok - $name"
    passed=$((passed + 1))
  else
    echo "not ok - $name"
    failed=$((failed + 1))
  fi
}
# exits CODE TEXT ARGUMENTS...: the exit code, and the text in what is printed
exits() {
  local code=$1 text=$2 out status=0
  shift 2
  out=$("$bin" "$@" 2>&1 </dev/null) || status=$?
  [ "$status" = "$code" ] && [[ $out == *"$text"* ]] && return
  printf '    obsview %s: exit %s, wanted %s; printed: %s\n' "$*" "$status" "$code" "$out" | head -n 5
  return 1
}

ok "version" exits 0 "obsview 0." version
ok "--version" exits 0 "obsview 0." --version
ok "help lists the commands" exits 0 "emulate" help
ok "--help behind a command" exits 0 "--rate-limit N" emulate --help
ok "an unknown command names the nearest" exits 2 'did you mean "emulate"?' emulat
ok "an unknown option names the nearest" exits 2 "did you mean --listen?" emulate --lisen x
ok "an option without its value" exits 2 "--listen needs a value: --listen HOST:PORT" emulate --listen
ok "an option of another command" exits 2 "report does not take --emf-listen" report vitals --emf-listen off
ok "too many arguments" exits 2 'takes no argument "extra"' config extra
ok "a wrong value" exits 2 "expected one of text, json, csv, md" report vitals --format xml
ok "a wrong address" exits 2 "listen" emulate --listen nowhere --db :memory:
ok "off loopback needs a token" exits 2 "--token" emulate --listen 0.0.0.0:0 --db :memory:
ok "a database that cannot be opened" exits 3 "/dev/null/x.db" emulate --listen 127.0.0.1:0 --emf-listen off \
  --db /dev/null/x.db
ok "an empty name of a database" exits 2 "--db is empty" emulate --listen 127.0.0.1:0 --emf-listen off --db ""
ok "a report without a server" exits 3 "127.0.0.1:1" report vitals --endpoint-url http://127.0.0.1:1
ok "an unknown view" exits 2 "vitals" report vital
ok "a screen without a terminal" exits 3 "--once" watch --endpoint-url http://127.0.0.1:1
ok "one frame of a source out of reach" exits 3 "cannot reach 127.0.0.1:1" watch --once --endpoint-url http://127.0.0.1:1
ok "a policy is JSON" bash -c '"$0" iam-policy 2>/dev/null | python3 -m json.tool >/dev/null' "$bin"
ok "a policy says why" exits 0 "CloudWatch has no resource for metrics" iam-policy vitals
ok "a policy of one view is smaller" bash -c '! "$0" iam-policy vitals 2>&1 | grep -q logs:' "$bin"
ok "a policy is limited to log groups" exits 0 '"arn:aws:logs:*:*:log-group:/aws/lambda/shop-*"' iam-policy \
  --log-groups '/aws/lambda/shop-*'
ok "errors are read from the error reporter" exits 0 'log-group:/aws/lambda/*error-reporter:*"' iam-policy errors \
  --log-groups '/aws/lambda/shop-*'
ok "which logs alone do not need" bash -c '! "$0" iam-policy logs --log-groups "/aws/lambda/shop-*" 2>/dev/null |
  grep -q error-reporter' "$bin"
ok "a policy of a view that asks no AWS" exits 0 "analytics asks nothing of AWS" iam-policy analytics
ok "a policy of no view" exits 2 'did you mean "vitals"?' iam-policy vital
ok "the doctor says what stands in the way" exits 3 "cannot reach 127.0.0.1:1: connection refused" doctor \
  --endpoint-url http://127.0.0.1:1
ok "the doctor speaks JSON" bash -c '"$0" doctor --endpoint-url http://127.0.0.1:1 --format json |
  python3 -m json.tool >/dev/null' "$bin"
ok "the doctor does not speak CSV" exits 2 "text, json, junit, github, md or sarif" doctor --format csv
ok "why does not, either" exits 2 "expected text or json for why" why x --format csv
ok "a check does not" exits 2 "expected text, json, junit, github, md or sarif for check" check tags --format csv
ok "the help of diff has its own formats" bash -c '"$0" help diff | grep -q "default text; one of text json md$"' "$bin"
ok "the help of why has its own formats" bash -c '"$0" help why | grep -q "default text; one of text json$"' "$bin"
ok "the manual page, too" bash -c '"$0" help mdoc-options:diff | grep -A6 "Fl -format" | grep -q csv && exit 1
  "$0" help mdoc-options:diff | grep -A6 "Fl -format" | grep -q "Cm md"' "$bin"
ok "the doctor misses a profile" exits 3 "no profile nobody" doctor --profile nobody
ok "the built-in stack is fine" bash -c '"$0" stack print >"$1" && "$0" stack check "$1" |
  grep -q ": 24 resources (15 listed with tags), 1 budget, 8 alarms, 0 incidents"' "$bin" "$tmp/stack.json"
sed 's/"tasks": 1/"tasks": -1/; s/"seed"/"sead"/' "$tmp/stack.json" >"$tmp/bad.json"
ok "a fault of a stack has a place" exits 1 "bad.json: /resources/5/tasks: expected a number from 0" \
  stack check "$tmp/bad.json"
ok "and a slip its right word" exits 1 '/sead: unknown member (did you mean "seed"?)' stack check "$tmp/bad.json"
ok "an emulator refuses it" exits 2 "obsview stack check" emulate --listen 127.0.0.1:0 --emf-listen off \
  --db :memory: --stack "$tmp/bad.json"
ok "a stack that cannot be read" exits 3 "/nonexistent" stack check /nonexistent
ok "an emulator without its stack" exits 3 "--stack: cannot open /nonexistent" emulate --listen 127.0.0.1:0 \
  --emf-listen off --db :memory: --stack /nonexistent
mkfifo "$tmp/pipe"
ok "one that waits for its stack can be ended" bash -c 'timeout -k 10 1 "$0" emulate --listen 127.0.0.1:0 \
  --emf-listen off --db :memory: --stack "$1"; [ $? = 124 ]' "$bin" "$tmp/pipe"
ok "stack checks files alone" exits 2 "stack check FILE" stack check
ok "or prints" exits 2 'expected "check FILE" or "print"' stack show
for c in "" aws $("$bin" help | awk '/^  [a-z]/ { print $1 }'); do
  ok "help $c fits 80 columns" bash -c '! "$0" help $1 | grep -qE "^.{81}"' "$bin" "$c"
done
ok "help for a topic that is none" exits 2 "no command or topic" help nonsense
ok "help emit has its table" exits 0 $'\n  obsview emit vital NAME VALUE     a web vital' help emit
ok "help aws lists operations" exits 0 "GetMetricData" help aws
ok "config names origins" env OBSVIEW_LISTEN=127.0.0.1:7000 bash -c \
  '"$0" config | grep -q "^listen .*127.0.0.1:7000 .*variable OBSVIEW_LISTEN"' "$bin"
ok "config names the database" exits 0 "# default: $tmp/state/obsview/obsview.db" config
ok "that of a project" exits 0 "# default: $tmp/state/obsview/shop.db" config --project shop
ok "and one that was named once" exits 0 "= $tmp/x.db" config --db "$tmp/x.db"
ok "config has a list in one line" bash -c \
  '"$0" config --fault /x=500 --fault /y=500 | grep -q "^fault .*= /x=500, /y=500 .*# flag"' "$bin"
ok "config hides the token" bash -c '! "$0" config --token s3cret | grep -q s3cret' "$bin"

mkdir -p "$tmp/config/obsview"
printf '[default]\ntheem = dark\n' >"$tmp/config/obsview/config"
ok "an unknown key warns" exits 0 'unknown key "theem" (did you mean "theme"?)' config
printf '[env prod]\ntheme = dark\n' >"$tmp/config/obsview/config"
ok "a missing section" exits 2 "no section [env prd]" config --env prd
ok "a section counts" exits 0 "[env prod]" config --env prod
rm "$tmp/config/obsview/config"

for shell in bash zsh fish; do
  ok "completion for $shell" exits 0 "report" completion $shell
done
ok "the bash completion is bash" bash -c '"$0" completion bash | bash -n' "$bin"
completed=$(bash -c 'source <("$0" completion bash); COMP_WORDS=(obsview emulate --emf-); COMP_CWORD=2; _obsview
  echo "${COMPREPLY[*]}"' "$bin")
ok "bash completes options of the command" [ "$completed" = "--emf-listen --emf-stdin --emf-group" ]

completed=$(bash -c 'source <("$0" completion bash); COMP_WORDS=(obsview diff --format ""); COMP_CWORD=3; _obsview
  echo "${COMPREPLY[@]}"' "$bin")
ok "it completes what the command takes alone" test "$completed" = "text json md"
completed=$(bash -c 'source <("$0" completion bash); COMP_WORDS=(obsview await v); COMP_CWORD=2; _obsview
  echo "${COMPREPLY[@]}"' "$bin")
ok "it completes what is awaited" test "$completed" = vital
completed=$(bash -c 'source <("$0" completion bash); COMP_WORDS=(obsview fixture re); COMP_CWORD=2; _obsview
  echo "${COMPREPLY[@]}"' "$bin")
ok "it completes what is done to a fixture" test "$completed" = redact
completed=$(cd "$root" && bash -c 'source <("$0" completion bash); COMP_WORDS=(obsview watch --fixture READ); COMP_CWORD=3
  _obsview; echo "${COMPREPLY[@]}"' "$bin")
ok "it completes files of every option that takes one" test "$completed" = README.md
completed=$(bash -c 'source <("$0" completion bash); COMP_WORDS=(obsview alarms reh); COMP_CWORD=2; _obsview
  echo "${COMPREPLY[*]}"; COMP_WORDS=(obsview report he); _obsview; echo "${COMPREPLY[*]}"' "$bin")
ok "and what the command is about" [ "$completed" = $'rehearse\nhealth' ]
completed=$(cd "$root/fixtures/stacks" && bash -c 'source <("$0" completion bash); COMP_WORDS=(obsview stack pr); COMP_CWORD=2
  _obsview; echo "${COMPREPLY[*]}"; COMP_WORDS=(obsview stack check inc); COMP_CWORD=3; _obsview; echo "${COMPREPLY[*]}"' "$bin")
ok "and the file behind it" [ "$completed" = $'print\nincident.json' ]

pages=0
for c in $("$bin" help | awk '/^  [a-z]/ { print $1 }'); do
  ok "obsview-$c(1) exists" [ -s "$build/man/obsview-$c.1" ]
  pages=$((pages + 1))
done
ok "there are commands" [ "$pages" -ge 7 ]
for f in "$build"/man/*.[15] "$root"/man/*.[15]; do
  ok "${f##*/} is clean mdoc" bash -c 'out=$(mandoc -Tlint -Wwarning "$0"); [ -z "$out" ] || { echo "$out"; false; }' "$f"
  ok "${f##*/} has no blank before punctuation" bash -c '! mandoc -Tascii "$0" | col -b | grep -nE "[[:alnum:]] [;,]( |$)"' "$f"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
