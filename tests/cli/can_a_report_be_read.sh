#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does a page about runs say what they came to, to everybody: in a browser
# without network, on small screens and paper, in light and dark, by keys and
# by ear, and whatever is in the names of things?
#
# suite-timeout: 300

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/browser/browser.sh
. tests/browser/browser.sh
export KMEMSIM_DATA=$PWD
g5=$PWD/build/recordings/g5-atomic
g6=$PWD/build/recordings/g6-slab

# simulate NAME CONFIG WORKLOAD [OPTION…]: leaves $tmp/NAME.db
simulate() {
	local name=$1 config=$2 workload=$3
	shift 3
	"$KMEMSIM" run -c "$config" -w "$workload" -o "$tmp/$name.db" "$@" \
		>"$tmp/summary" || exit 1
}

# reports NAME DATABASE…: leaves $tmp/NAME.html
reports() {
	local name=$1 database
	local -a databases=()
	shift
	for database; do
		databases+=("$tmp/$database.db")
	done
	run "$KMEMSIM" report "${databases[@]}" -o "$tmp/$name.html"
	exits_with 0
	stderr_is_empty
	exists "$tmp/$name.html"
}

page_has() {
	local regex
	for regex; do
		holds "expected $regex in $page" grep -qE -- "$regex" "$page"
	done
}

page_has_no() {
	holds "expected no $1 in $page" not grep -qE -- "$1" "$page"
}

# finds_nothing CHECK: of those in tests/browser/.
finds_nothing() {
	local found
	found=$(browser_ask "$1") || fail "$1 could not be asked"
	holds "$1: $found" [ -z "$found" ]
}

# Calls that break a rule, each at a place of its own, with names that are HTML.
violate() {
	printf 'kmemsim: workload\nversion: 1\n'
	printf 'name: "<img src=x onerror=alert(1)> & \\"w\\"</title>"\n'
	echo events:
	local each='op: alloc_pages, order: 0, gfp: GFP_KERNEL, ctx: softirq'
	local cache='cache: "</td><b>&c"'
	echo "  - {t: 0, op: kmem_cache_create, $cache, size: 64}"
	echo "  - {t: 1, op: kmem_cache_alloc, id: 0, $cache, gfp: GFP_KERNEL}"
	seq 1000 | sed "s|.*|  - {t: &us, id: &, $each}|"
}

violate >"$tmp/wrong.yaml"
simulate atomic "$g5/config.yaml" "$g5/workload.yaml" --sample-every 5ms \
	--log-ops failures
simulate reserve "$g5/config.yaml" "$g5/workload.yaml" --sample-every 5ms \
	--set sysctl.min_free_kbytes=4096
simulate slabs "$g6/config.yaml" "$g6/workload.yaml" --sample-every 2ms
simulate killed configs/examples/by-hand.yaml workloads/oom-two-tasks.yaml \
	--sample-every 100us --log-ops failures
simulate wrong configs/examples/pc-256m.yaml "$tmp/wrong.yaml"
simulate flags configs/examples/by-hand.yaml \
	workloads/flags-under-pressure.yaml --log-ops failures

it "says of a run what it is and what it came to, with pictures"
reports atomic atomic
page=$tmp/atomic.html
page_has '<h1>g5-atomic on g5-atomic</h1>' '>complete<' 'DMA32 \(node 1\)' \
	'>90,000 ' '>8,766 ' '9.74 % of all' 'DMA32, order 9 \(2 MiB\)' \
	"$(sqlite3 "$tmp/atomic.db" 'SELECT digest FROM run')" \
	'<svg role="img"' 'Failures by reason' 'What the reasons mean' \
	'Latency by operation and path' 'pgalloc_dma32' \
	'watermark_boost_factor' "kmemsim explain $tmp/atomic.db" \
	"run -c config.yaml -w $g5/workload.yaml --log-ops failures"
page_has_no 'This run did not come to its end'

it "shows every kind of picture that the run has something for, in words too"
kinds=0
while read -r kind shows; do
	run "$KMEMSIM" plot "$tmp/atomic.db" --what "$kind" -o "$tmp/p.svg"
	[ "$status" -eq 0 ] || continue
	kinds=$((kinds + 1))
	page_has "<figure id=\"picture-$kind\">" "<desc id=\"$kind-desc\">"
	# What the list of kinds says is there for kinds that nobody has
	# explained.
	holds "nothing explains $kind" not grep -qF "<p>$shows</p>" "$page"
done < <("$KMEMSIM" plot --what list)
holds "only $kinds kinds" [ $kinds -ge 9 ]

it "needs no other file and no network, and is small"
page_has_no '(src|href)="?(https?:|//|[a-z/])'
page_has_no '@import|url\((https?|/)'
page_has 'http-equiv="Content-Security-Policy" content="default-src &#39;none'
holds "$(stat -c %s "$page") bytes" [ "$(stat -c %s "$page")" -lt 2000000 ]

it "is the same each time"
cp "$page" "$tmp/before.html"
reports atomic atomic
holds "it is another one" cmp "$page" "$tmp/before.html"

it "puts several runs side by side, and says in what their configs differ"
reports several atomic reserve
page=$tmp/several.html
differs='sysctl.min_free_kbytes</code></th><td><code>auto</code></td>'
page_has '<h1>2 runs side by side</h1>' \
	"A: g5-atomic on g5-atomic .*atomic.db" 'B: g5-atomic' \
	'What differs' "$differs<td><code>4096<" \
	'scope="colgroup"' 'A: The config in full'
reports unlike killed slabs
page=$tmp/unlike.html
page_has 'nodes.0.zones' '<svg role="img"' 'Tasks that the OOM killer killed'

it "says the first thing that the kernel's log says, and what a kill was for"
reports killed killed
page=$tmp/killed.html
page_has 'invoked oom-killer' 'first: browser' \
	"kmemsim show $tmp/killed.db dmesg"
reports flags flags
page=$tmp/flags.html
page_has 'page allocation failure' 'fragmented|watermark'

it "explains the first failure where that is asked for"
run "$KMEMSIM" report "$tmp/flags.db" --explain --no-pictures \
	-o "$tmp/explained.html"
exits_with 0
page=$tmp/explained.html
page_has 'The first failure, explained' 'Failure 1 of' \
	'Which zones it looked at'
run "$KMEMSIM" report "$tmp/killed.db" --explain --no-pictures \
	-o "$tmp/explained.html"
exits_with 0
page_has_no 'The first failure'
cp workloads/flags-under-pressure.yaml "$tmp/gone.yaml"
simulate gone configs/examples/by-hand.yaml "$tmp/gone.yaml"
rm "$tmp/gone.yaml"
run "$KMEMSIM" report "$tmp/gone.db" --explain -o "$tmp/none.html"
exits_with 1
stderr_has gone.yaml
is_gone "$tmp/none.html"

it "lists violations by rule and place, and what to do instead"
reports wrong wrong
page=$tmp/wrong.html
page_has 'Violations by rule' 'sleep-in-atomic' "wrong.yaml:7<" \
	'GFP_ATOMIC, or'

it "keeps long tables short, and says how to get all of them"
page_has 'The first 500 of 1,000 rows' \
	"kmemsim export $tmp/wrong.db --table violation"
same "$(grep -c 'wrong.yaml:[0-9]*<' "$page")" 500 "the rows"

it "takes names for text, whatever is in them"
page_has '<h1>&lt;img src=x onerror=alert\(1\)&gt; &amp; &quot;w&quot;&lt;/'
page_has '&lt;/td&gt;&lt;b&gt;&amp;c'
page_has_no '<img|</td><b>'

it "says so where a run was cut short"
cp "$tmp/atomic.db" "$tmp/short.db"
sqlite3 "$tmp/short.db" "UPDATE run SET status = 'interrupted', digest = NULL,
	wall_s = NULL; DELETE FROM op_stats; DELETE FROM failure_stats;
	DELETE FROM latency_histogram; DELETE FROM lock_stats;"
reports short short
page=$tmp/short.html
page_has 'This run did not come to its end \(interrupted\)'

it "goes without gnuplot where no pictures are asked for"
mkdir "$tmp/bin"
run env PATH="$tmp/bin" "$KMEMSIM" report "$tmp/atomic.db" --no-pictures \
	--title 'A & B' -o "$tmp/plain.html"
exits_with 0
page=$tmp/plain.html
page_has '<h1>A &amp; B</h1>' 'Latency by operation'
page_has_no '<svg|<figure'

it "writes to stdout when asked to"
run "$KMEMSIM" report "$tmp/atomic.db" --no-pictures -o -
exits_with 0
stdout_has '^<!DOCTYPE html>$' '^</main>$'

it "refuses to write over a run, or about what is none"
run "$KMEMSIM" report "$tmp/atomic.db" -o "$tmp/atomic.db"
exits_with 2
stderr_has 'over a run'
run "$KMEMSIM" report "$tmp/atomic.db"
exits_with 2
stderr_has '-o'
run "$KMEMSIM" report README.md -o "$tmp/none.html"
exits_with 3
is_gone "$tmp/none.html"
run "$KMEMSIM" report "$tmp/missing.db" -o "$tmp/none.html"
exits_with 3
is_gone "$tmp/none.html"

browser_start
browser_requests >"$tmp/found"
browser_log >"$tmp/found"

it "would be noticed if it were wrong"
browser_size 400
browser_open tests/browser/control.html
for check in width contrast structure; do
	browser_ask $check >"$tmp/found"
	holds "$check finds nothing" [ -s "$tmp/found" ]
done
holds "structure: $(cat "$tmp/found")" [ "$(wc -l <"$tmp/found")" -ge 20 ]
browser_log >"$tmp/found"
holds "no error is seen" [ "$(wc -l <"$tmp/found")" -ge 2 ]
browser_requests >"$tmp/found"
holds "no request is seen" grep -q control.html "$tmp/found"

for name in atomic several unlike killed wrong short plain; do
	it "can be read in a browser: $name"
	browser_open "$tmp/$name.html"
	for scheme in light dark; do
		browser_scheme $scheme
		finds_nothing contrast
	done
	finds_nothing structure
	for width in 320 400 1000 1600; do
		browser_size $width
		finds_nothing width
	done
	browser_log >"$tmp/found"
	same "$(cat "$tmp/found")" "" "the console"
	browser_requests >"$tmp/found"
	same "$(grep -v '^data:' "$tmp/found")" \
		"file://$tmp/$name.html" "the requests"
done

it "sorts a table by keys, numbers by their value and largest first"
browser_size 1000
browser_open "$tmp/atomic.html"
browser_ask table >"$tmp/unsorted"
same "$(head -n 1 "$tmp/unsorted")" "not sorted" "the state"
for order in descending ascending; do
	# Enter, then a blank.
	if [ $order = descending ]; then
		browser_keys '\uE007'
		options=-rn
	else
		browser_keys ' '
		options=-n
	fi
	browser_ask table >"$tmp/sorted"
	same "$(head -n 1 "$tmp/sorted")" $order "the state"
	same "$(tail -n +2 "$tmp/sorted" | cut -d ' ' -f 1)" \
		"$(tail -n +2 "$tmp/unsorted" | cut -d ' ' -f 1 |
			sort $options)" "the column"
done
finds_nothing structure

it "filters long tables by what is typed, all words of it"
browser_open "$tmp/wrong.html"
browser_ask filter >"$tmp/found"
browser_keys 'ATOMIC yaml:99'
browser_ask filter >"$tmp/found"
same "$(tail -n +2 "$tmp/found" | tr '\n' ' ')" \
	"1 of 500 rows sleep-in-atomic " "what is left"

it "has a way past its head, and shows what has the focus"
browser_open "$tmp/atomic.html"
browser_keys '\uE004'
browser_ask state >"$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'focus skip' "$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'outline solid 3px' "$tmp/found"
browser_keys '\uE007'
browser_ask state >"$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'at #main' "$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'focus main' "$tmp/found"

it "is light or dark as the system says, until its button is pressed"
browser_scheme dark
browser_open "$tmp/atomic.html"
browser_ask state >"$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'page rgb(20, 24, 29)' "$tmp/found"
browser_keys '\uE004\uE004\uE007'
browser_ask state >"$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'page rgb(255, 255, 255)' "$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'button Dark page' "$tmp/found"
finds_nothing contrast

it "prints dark on light, without what paper can't do"
browser_scheme dark
browser_open "$tmp/atomic.html"
browser_media print
browser_ask state >"$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'page rgb(255, 255, 255)' "$tmp/found"
holds "$(cat "$tmp/found")" grep -qx 'contents false' "$tmp/found"
finds_nothing contrast
browser_paper "$tmp/paper.pdf"
exists "$tmp/paper.pdf"
same "$(head -c 5 "$tmp/paper.pdf")" "%PDF-" "what it begins with"

browser_end
it "says what came out otherwise than recorded, and why"
printf '%s\n' 'kmemsim: workload' 'version: 1' 'name: there' 'events:' \
	'  - {t: 0, op: alloc_pages, order: 0, id: 1, gfp: GFP_KERNEL}' \
	'  - {t: 1us, op: alloc_pages, order: 1, id: 2, gfp: GFP_KERNEL,' \
	'     recorded: {ok: false}}' >"$tmp/there.yaml"
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml -w "$tmp/there.yaml" \
	-o "$tmp/there.db"
run "$KMEMSIM" report "$tmp/there.db" --explain --no-pictures -o "$tmp/r.html"
exits_with 0
holds "the section" grep -q 'id="failures"' "$tmp/r.html"
holds "the table" grep -q 'Otherwise than for the kernel that was recorded' \
	"$tmp/r.html"
holds "the explanation" grep -q 'Why it is granted here' "$tmp/r.html"
holds "the hint" grep -q "explain $tmp/there.db --seq 2<" "$tmp/r.html"
same "$(sqlite3 "$tmp/there.db" 'SELECT recorded, outcome, count, first_seq
	FROM recorded_stats')" 'failed|granted|1|2' "the row"

it "finds the workload beside the database, or where it is told to"
mkdir "$tmp/then" "$tmp/now"
cp workloads/nic-order-4.yaml "$tmp/then/w.yaml"
cp configs/examples/tiny-32m.yaml "$tmp/then/c.yaml"
(cd "$tmp/then" && "$KMEMSIM" run -c c.yaml -w w.yaml \
	--set sysctl.min_free_kbytes=256 -o r.db >"$tmp/summary")
mv "$tmp/then/r.db" "$tmp/now"
run "$KMEMSIM" report "$tmp/now/r.db" --explain --no-pictures \
	-o "$tmp/now/r.html"
exits_with 1
stderr_has '--workload FILE says where'
run "$KMEMSIM" report "$tmp/now/r.db" --explain --no-pictures \
	-o "$tmp/now/r.html" --workload "$tmp/then/w.yaml"
exits_with 0
mv "$tmp/then/w.yaml" "$tmp/now/"
for verb in "report --no-pictures --explain -o $tmp/now/r.html" \
	'explain --seconds 0'; do
	# shellcheck disable=SC2086
	run "$KMEMSIM" $verb "$tmp/now/r.db"
	exits_with 0
done
stdout_has 'Failure 1 of'

done_testing
