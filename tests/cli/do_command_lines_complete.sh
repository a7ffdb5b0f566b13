#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Is what may come next on a command line offered, and nothing else?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

# offers WORDS… -- CANDIDATE…: those and no others.
offers() {
	local words=()
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	run "$KMEMSIM" completion words "${words[@]}"
	exits_with 0
	stderr_is_empty
	same "$(tr '\n' ' ' <"$tmp/stdout")" "${*:+$* }" "candidates"
}

it "offers the verbs that begin so"
offers pa -- pack
offers p -- plot pack
offers nothing --

it "offers a verb's options as its help shows them, each once"
for verb in $("$KMEMSIM" completion words '' | grep -v -- -); do
	run "$KMEMSIM" completion words "$verb" --
	same "$(sort "$tmp/stdout" | uniq -d)" "" "repeated options of $verb"
	cp "$tmp/stdout" "$tmp/offered"
	while read -r option; do
		"$KMEMSIM" "$verb" --help | grep -q -- "$option" ||
			[ "$option" = --help ] ||
			fail "$verb has no $option"
	done <"$tmp/offered"
	while read -r option; do
		holds "$verb: $option is not offered" \
			grep -qx -- "$option" "$tmp/offered"
	done < <("$KMEMSIM" "$verb" --help |
		sed -n 's/^ *-., \(--[a-z-]*\).*/\1/p')
done
offers check --s -- --strict

it "offers the values of an option where there is a list of them"
offers plot run.db --what fragm -- fragmentation
offers run --log-ops '' -- none failures all
offers export run.db --format j -- json
offers import ftrace --level '' -- pages calls
offers import ftrace --profile linux-2 -- linux-2.6-i386
offers export run.db --table run -- run
offers export run.db --table free_ -- free_area
offers export run.db --query slowest -- slowest-operations :files
offers explain run.db --failure '' -- list
offers compare a.db b.db --fail-if unusa -- unusable
offers plot run.db --what map --zone D -- DMA DMA32
offers step --zone Norm -- Normal
offers run --bad-frees '' -- refuse count

it "offers what is shipped where its name will do, and files"
for option in -c --config; do
	offers run $option hi -- highmem-1g.yaml :files
	offers compare $option by-hand- -- by-hand-two-nodes.yaml :files
done
for verb in run compare step explain report; do
	offers $verb --workload nic-r -- nic-ring.yaml :files
done
offers run -c tiny-32m -w kswapd-in -- kswapd-in-time.yaml :files
offers check tiny -- tiny-32m.yaml :files
offers check tiny-32m nic-o -- nic-order-4.yaml :files
for name in $("$KMEMSIM" completion words run -w '' | grep -vx :files); do
	run "$KMEMSIM" check "$name"
	exits_with 0
done

it "offers nothing where only the user knows"
offers run --seed ''  --
offers plot run.db --orders '' --

it "offers files where a file is to come"
offers plot '' -- :files
offers import dmesg --config '' -- :files
offers plot run.db --what fragmentation -o '' -- :files

it "offers what an operand may be, behind options of a letter, too"
offers import -o w.yaml ft -- ftrace
offers run -o '' -- :files
offers show run.db s -- slabinfo
offers show --json run.db --at 1ms t -- timeline
offers list w -- workloads
offers completion '' -- bash zsh fish

it "completes in bash, files with blanks too"
touch "$tmp/a run.db" "$tmp/another.db"
cat >"$tmp/try.sh" <<'END'
source <("$KMEMSIM" completion bash)
COMP_WORDS=("$KMEMSIM" "$@")
COMP_CWORD=$#
_kmemsim "$KMEMSIM"
printf '%s\n' "${COMPREPLY[@]}"
END
run bash "$tmp/try.sh" plot x.db --what free
exits_with 0
same "$(tr '\n' ' ' <"$tmp/stdout")" "free-blocks free-memory " "candidates"
run bash "$tmp/try.sh" plot "$tmp/a"
same "$(sort "$tmp/stdout")" "$tmp/a run.db
$tmp/another.db" "files"

it "completes in zsh, names and files"
cat >"$tmp/try.zsh" <<'END'
compdef() { : }
compadd() { shift; print -l -- "$@" }
_files() { print files }
words=("$KMEMSIM" "$@")
CURRENT=$#words
source <("$KMEMSIM" completion zsh)
_kmemsim
END
if command -v zsh >/dev/null; then
	run zsh "$tmp/try.zsh" run -c hi
	stdout_is "highmem-1g.yaml
files"
	run zsh "$tmp/try.zsh" plot x.db --what fragm
	stdout_is fragmentation
	run zsh "$tmp/try.zsh" plot ''
	stdout_is files
else
	skip "there is no zsh"
fi

it "prints what it installs, and refuses other shells"
for shell in bash zsh fish; do
	run "$KMEMSIM" completion $shell
	exits_with 0
	holds "$shell gets another script" \
		cmp -s "$tmp/stdout" cli/shells/completion.$shell
done
run "$KMEMSIM" completion csh
exits_with 2
stderr_has 'bash, zsh or fish'

done_testing
