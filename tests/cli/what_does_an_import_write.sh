#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where do an import's workload and config go, what does it refuse to do, and
# what does it make of a kernel that reclaimed?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
recordings=build/recordings
trace=tests/fixtures/ftrace/linux-6.1-reclaim.txt
zoneinfo=$recordings/real-net/zoneinfo.before
pagetypeinfo=$recordings/real-net/pagetypeinfo.before

# The same config as `import proc` makes.
"$KMEMSIM" import proc "$zoneinfo" "$pagetypeinfo" -o "$tmp/machine.yaml" \
	2>"$tmp/report" || exit 1

it "writes a trace's workload and its machine's config in one go"
run "$KMEMSIM" import ftrace "$trace" "$zoneinfo" "$pagetypeinfo" \
	-o "$tmp/w.yaml" --config "$tmp/c.yaml"
exits_with 0
stderr_has 'events in the workload'
stderr_has '2 nodes'
holds "no workload" grep -q 'kmemsim: workload' "$tmp/w.yaml"
holds "another config" cmp -s "$tmp/c.yaml" "$tmp/machine.yaml"
run "$KMEMSIM" check "$tmp/c.yaml"
exits_with 0

it "takes --config for proc's output"
run "$KMEMSIM" import proc "$zoneinfo" "$pagetypeinfo" --config "$tmp/d.yaml"
exits_with 0
holds "another config" cmp -s "$tmp/d.yaml" "$tmp/machine.yaml"

it "writes neither where one of them fails"
echo "no zoneinfo" >"$tmp/broken"
run "$KMEMSIM" import ftrace "$trace" "$tmp/broken" -o "$tmp/new-w.yaml" \
	--config "$tmp/new-c.yaml"
exits_with 3
echo "no trace" >"$tmp/no-trace"
run "$KMEMSIM" import ftrace "$tmp/no-trace" "$zoneinfo" \
	-o "$tmp/new-w.yaml" --config "$tmp/new-c.yaml"
exits_with 3
holds "$(compgen -G "$tmp/new*")" [ -z "$(compgen -G "$tmp/new*")" ]

# refuses MESSAGE ARGUMENT…
refuses() {
	local message=$1
	shift
	it "refuses: import $*"
	run "$KMEMSIM" import "$@"
	exits_with 2
	stderr_has "$message"
}
refuses 'does not say what machine' ftrace "$trace" -o w --config c
refuses 'ftrace takes 1 file' ftrace "$trace" "$zoneinfo" -o w
refuses 'not both' proc "$zoneinfo" -o c --config d
refuses "can't both go to c" ftrace "$trace" "$zoneinfo" -o c --config c
refuses 'over what is read' ftrace "$trace" "$zoneinfo" -o w \
	--config "$zoneinfo"
refuses 'is for ftrace or perf' proc "$zoneinfo" --model-reclaim -o c
refuses 'is for --level pages' ftrace "$trace" --level calls \
	--model-reclaim -o w

# What /proc/vmstat says that kernel did: 66,623 pages by kswapd, 399 directly.
it "leaves to the run what a real kernel's reclaim freed, to the page"
run "$KMEMSIM" import ftrace "$recordings/real-reclaim/trace.txt" \
	--model-reclaim -o "$tmp/reclaim.yaml"
exits_with 0
stderr_has '67022 mm_page_free: skipped, reclaim freed it'
stderr_has '102656 page cache, 66105 reclaimed'
stderr_has '30720 of them dirty'
same "$(grep -c 'op: truncate' "$tmp/reclaim.yaml")" 1 "truncated files"

it "finds again, by the tasks that free them, all but a few moved pages"
stderr_has '2777 mm_page_free: skipped, compaction freed it'
stderr_has '1139 frees of frames guessed'
stderr_has '917 such frees by reclaim'
stderr_has '3 pages that compaction moved, never seen again'

# 718 frames that compaction freed first of all, and 207 between them.
it "finds pages of before the trace by what compaction moved"
stderr_has '925 pages of before the trace'

it "reads a trace from a pipe just as from a file, however often it needs it"

# as_from_a_pipe TRACE OPTION…: stdin or a path.
as_from_a_pipe() {
	local trace=$1
	shift
	"$KMEMSIM" import ftrace "$@" "$trace" --name piped \
		-o "$tmp/file.yaml" 2>"$tmp/file.report"
	run "$KMEMSIM" import ftrace "$@" - --name piped \
		-o "$tmp/pipe.yaml" < <(cat "$trace")
	exits_with 0
	run diff -I '^# Imported from' "$tmp/file.yaml" "$tmp/pipe.yaml"
	exits_with 0
	run "$KMEMSIM" import ftrace "$@" <(cat "$trace") --name piped \
		-o "$tmp/pipe.yaml"
	exits_with 0
	run diff -I '^# Imported from' "$tmp/file.yaml" "$tmp/pipe.yaml"
	exits_with 0
}
as_from_a_pipe "$recordings/real-reclaim/trace.txt" --level calls
as_from_a_pipe "$recordings/real-reclaim/trace.txt" --model-reclaim
as_from_a_pipe "$recordings/real-files/trace.txt"
holds "not a trace that has to be read twice" \
	grep -q '4 pages that vmalloc took in bulk' "$tmp/file.report"

it "reads files of /proc from pipes just the same, each more than once"
slabinfo=tests/fixtures/proc/slabinfo-6.6
run "$KMEMSIM" import proc - -o "$tmp/e.yaml" < <(cat "$zoneinfo")
exits_with 0
run "$KMEMSIM" import proc "$zoneinfo" -o "$tmp/f.yaml"
run diff "$tmp/f.yaml" "$tmp/e.yaml"
exits_with 0
run "$KMEMSIM" import proc <(cat "$zoneinfo") "$pagetypeinfo" - \
	-o "$tmp/slabs.yaml" --config "$tmp/e.yaml" < <(cat "$slabinfo")
exits_with 0
run "$KMEMSIM" import proc "$zoneinfo" "$pagetypeinfo" "$slabinfo" \
	-o "$tmp/same.yaml" --config "$tmp/f.yaml"
sed -i "s/f\.pagetypeinfo/e.pagetypeinfo/" "$tmp/f.yaml"
run diff "$tmp/f.yaml" "$tmp/e.yaml"
exits_with 0
run diff "$tmp/same.yaml" "$tmp/slabs.yaml"
exits_with 0
run "$KMEMSIM" import ftrace "$trace" <(cat "$zoneinfo") \
	<(cat "$pagetypeinfo") -o "$tmp/w.yaml" --config "$tmp/c.yaml"
exits_with 0

it "reads a log and page_owner's dump from pipes, as they come"
for format in dmesg:linux-5.10-oom.txt page_owner:linux-4.4.txt; do
	file=tests/fixtures/${format/://}
	run "$KMEMSIM" import "${format%:*}" "$file" -o "$tmp/file.yaml" \
		--name piped
	run "$KMEMSIM" import "${format%:*}" - -o "$tmp/pipe.yaml" \
		--name piped < <(cat "$file")
	exits_with 0
	run diff "$tmp/file.yaml" "$tmp/pipe.yaml"
	exits_with 0
done

it "calls what comes of a FIFO a pipe, and takes stdin for one file only"
mkfifo "$tmp/boot.trace"
cat "$trace" >"$tmp/boot.trace" &
run "$KMEMSIM" import ftrace "$tmp/boot.trace" -o "$tmp/w.yaml"
exits_with 0
same "$(grep ^name "$tmp/w.yaml")" 'name: pipe' "the name"
run "$KMEMSIM" import proc - - -o "$tmp/none.yaml" <"$zoneinfo"
exits_with 2
stderr_has 'only one file can come from stdin'
is_gone "$tmp/none.yaml"

it "keeps a boost of the marks where the free blocks of that moment are given"
awk '/^ +boost / && !done { $2 = 4; $0 = "        boost    4"; done = 1 } 1' \
	"$zoneinfo" >"$tmp/boosted"
cmp -s "$zoneinfo" "$tmp/boosted" && fail "the recording has no boost's line"
run "$KMEMSIM" import proc "$tmp/boosted" "$pagetypeinfo" -o "$tmp/b.yaml"
exits_with 0
grep -q 'watermark_boost: 4' "$tmp/b.yaml" || fail "the boost is lost"
run "$KMEMSIM" check "$tmp/b.yaml"
exits_with 0
run "$KMEMSIM" import proc "$tmp/boosted" -o "$tmp/b.yaml"
exits_with 0
grep -q 'watermark_boost' "$tmp/b.yaml" && fail "a boost of an empty machine"

done_testing
