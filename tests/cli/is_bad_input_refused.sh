#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Is every kind of bad input refused with a message that leads to the mistake,
# with exit status 3 (2 for an option's value), and without leaving half a
# database behind?
#
# suite-timeout: 240

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD

good_config=$tmp/good-config.yaml
good_workload=$tmp/good-workload.yaml
small_machine >"$good_config"
cat >"$good_workload" <<END
kmemsim: workload
version: 1
name: good
events:
  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}
  - {t: 1, op: free_pages, id: 1}
END

# config SED_SCRIPT, events LINE…: the good file with something wrong in it, in
# $bad; lines of events begin at line 5 of the file.
config() {
	bad=$tmp/bad.yaml
	sed "$1" "$good_config" >"$bad"
}

events() {
	bad=$tmp/bad.yaml
	head -n 4 "$good_workload" >"$bad"
	printf '  - %s\n' "$@" >>"$bad"
}

# How kmemsim takes $bad as a config or a workload: never for as much as one
# row in a database.
run_config() {
	run "$KMEMSIM" run -c "$bad" -w "$good_workload" -o "$tmp/bad.db"
	refused
}

run_workload() {
	run "$KMEMSIM" run -c "$good_config" -w "$bad" -o "$tmp/bad.db"
	refused
}

refused() {
	exits_with 3
	stdout_is_empty
	stderr_has 'error: '
	holds "left behind: $(compgen -G "$tmp/bad.db*")" \
		[ -z "$(compgen -G "$tmp/bad.db*")" ]
	rm -f "$tmp"/bad.db*
}

it "takes the good files, or all that follows proves nothing"
run "$KMEMSIM" run -c "$good_config" -w "$good_workload" -o "$tmp/good.db"
exits_with 0

# ---- configs ----------------------------------------------------------------

it "names an unknown key, its place and the key that was meant"
config 's/^name:/nmae:/'
run_config
stderr_has "^$bad:3:1: error: .*nmae" "\"?name\"?"

it "names a wrong unit and the units that there are"
config 's/16MiB/16MB/'
run_config
stderr_has "^$bad:8:[0-9]+: error: .*16MB" 'MiB'

it "names an unknown zone type and those that there are"
config 's/type: DMA32/type: DMA33/'
run_config
stderr_has "^$bad:8:[0-9]+: error: .*DMA33" 'DMA32' 'Movable'

it "names a profile that it cannot find, and the nearest"
config 's/linux-6.1-x86_64/linux-6.1-x86_65/'
run_config
stderr_has "^$bad:4:[0-9]+: error: .*linux-6.1-x86_65"

it "names a misspelt key of the file's head, and all that is wrong behind it"
config 's/^version:/versoin:/; s/^name:/nmae:/'
run_config
stderr_has "^$bad:2:1: error: .*versoin" '"version"' "^$bad:3:1: error: .*nmae"
config 's/^kmemsim:/kmensim:/; s/^name:/nmae:/'
run_config
stderr_has "^$bad:1:1: error: .*kmensim" '"kmemsim"' "^$bad:3:1: error: .*nmae"
run "$KMEMSIM" check "$bad"
exits_with 3
stderr_has "^$bad:1:1: error: unknown key \"kmensim\"; did you mean \"kmemsim\""

it "says where a file names its kind, if that can't be checked"
printf '# a comment\nversion: 1\nkmemsim:   confgi\n' >"$tmp/kind.yaml"
run "$KMEMSIM" check "$tmp/kind.yaml"
exits_with 3
stderr_has "^$tmp/kind.yaml:3:12: error: .*\"confgi\".* did you mean \"config\""
printf '# a comment\nservices: {a: b}\n' >"$tmp/kind.yaml"
run "$KMEMSIM" check "$tmp/kind.yaml"
exits_with 3
stderr_has "^$tmp/kind.yaml:2:1: error: "

it "refuses a version that it does not know"
config 's/^version: 1/version: 99/'
run_config
stderr_has "^$bad:2:[0-9]+: error: .*99"

it "refuses a workload where a config belongs"
bad=$good_workload
run "$KMEMSIM" run -c "$bad" -w "$bad" -o "$tmp/bad.db"
refused
stderr_has "^$bad:1:[0-9]+: error: "

it "says everything that is wrong with a file in one pass"
config 's/^name:/nmae:/; s/16MiB/16MB/; s/type: DMA32/type: DMA33/'
run_config
stderr_has 'nmae' '16MB' 'DMA33'

it "refuses a key that is there twice"
config 's/^name: small/&\n&/'
run_config
stderr_has "^$bad:4:1: error: .*name"

it "names a file of the initial state that is not there"
# shellcheck disable=SC2016 # sed's $, not the shell's
config '$a initial_state: {free_lists: nowhere.csv}'
run_config
stderr_has 'nowhere\.csv'

it "refuses a --set of a key that there is not"
run "$KMEMSIM" run -c "$good_config" -w "$good_workload" -o "$tmp/bad.db" \
	--set sysctl.min_free_kbyte=1024
stderr_has 'min_free_kbyte'
exits_with 2
is_gone "$tmp/bad.db"

# with OPTION…: a run of what is fine, but for these; each is wrong usage.
with() {
	run "$KMEMSIM" run -c "$good_config" -w "$good_workload" \
		-o "$tmp/bad.db" "$@"
	exits_with 2
	stdout_is_empty
	is_gone "$tmp/bad.db"
}

it "holds an option's wrong value for wrong usage, whatever is wrong with it"
with --set min_free_kbytes
stderr_has '^--set:1:1: error: .*PATH=VALUE'
with --set slab.allocator=slub --set page_size=3
stderr_has '^--set:2:11: error: page_size: "3" is out of range'
with --set nodes.7.cpus=[0]
stderr_has '^--set:1:7: error: no element 7'
with --set sysctl.min_free_kbytes=many
with --seed many
stderr_has "--seed: \"many\" is not a number"
with --until never
with --sample-every 0
holds "a note of 0" [ "$(grep -c 'without a unit' "$tmp/stderr")" = 0 ]
with --log-ops most
with --bad-frees ignore

it "says the same of a --set to compare and to step"
cp "$good_config" "$tmp/other.yaml"
run "$KMEMSIM" compare -c "$good_config" -c "$tmp/other.yaml" \
	-w "$good_workload" --set slab.allocator=slob
exits_with 2
stderr_has '^--set:1:16: error: .*slob.*slub'
run "$KMEMSIM" step -c "$good_config" -w "$good_workload" --at 1 --set x=1
exits_with 2
stderr_has '^--set:1:1: error: '

it "says that a file is invalid where a --set is wrong besides"
config 's/^version: 1/version: 9/'
run "$KMEMSIM" run -c "$bad" -w "$good_workload" --set slab.allocator=slob
exits_with 3
stderr_has "^$bad:2:"

# ---- workloads --------------------------------------------------------------

it "names an unknown operation and the nearest"
events '{t: 0, op: aloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}'
run_workload
stderr_has "^$bad:5:[0-9]+: error: .*aloc_pages" 'alloc_pages'

it "names an unknown GFP flag and the nearest"
events '{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNAL}'
run_workload
stderr_has "^$bad:5:[0-9]+: error: .*GFP_KERNAL" 'GFP_KERNEL'

it "refuses a time that goes backwards"
events '{t: 20us, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}' \
	'{t: 10us, op: free_pages, id: 1}'
run_workload
stderr_has "^$bad:6:[0-9]+: error: "

it "refuses a time with a wrong unit"
events '{t: 20usec, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}'
run_workload
stderr_has "^$bad:5:[0-9]+: error: .*20usec" 'us'

it "refuses a double free"
events '{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}' \
	'{t: 1, op: free_pages, id: 1}' '{t: 2, op: free_pages, id: 1}'
run_workload
stderr_has "^$bad:7:[0-9]+: error: "

it "refuses the free of an id that was never allocated"
events '{t: 0, op: free_pages, id: 77}'
run_workload
stderr_has "^$bad:5:[0-9]+: error: .*77"

it "counts bad frees and goes on when it is told to"
events '{t: 0, op: free_pages, id: 77}' \
	'{t: 1, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}'
run "$KMEMSIM" run -c "$good_config" -w "$bad" --bad-frees count
exits_with 0

it "refuses an id that is in use already"
events '{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}' \
	'{t: 1, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}'
run_workload
stderr_has "^$bad:6:[0-9]+: error: "

it "refuses a CPU that the machine does not have"
events '{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL, cpu: 9}'
run_workload
stderr_has "^$bad:5:[0-9]+: error: .*9"

it "refuses a field that the operation does not have"
events '{t: 0, op: alloc_pages, id: 1, ordre: 0, gfp: GFP_KERNEL}'
run_workload
stderr_has "^$bad:5:[0-9]+: error: .*ordre" 'order'

it "tells what is wrong with the calls above a mistake, too"
events '{t: 0, op: free_pages, id: 77}' \
	'{t: 1, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}' \
	'{t: 2, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}' \
	'{t: 3, op: alloc_pages, id: 2, ordre: 0, gfp: GFP_KERNEL}' \
	'{t: 4, op: free_pages, id: "x", page: y}'
run_workload
stderr_has "^$bad:5:[0-9]+: error: .*77" "^$bad:7:[0-9]+: error: id 1 " \
	"^$bad:8:[0-9]+: error: .*ordre" "^$bad:9:[0-9]+: error: .*page"
run "$KMEMSIM" check "$bad"
exits_with 3
stderr_has "^$bad:5:[0-9]+: error: .*77" "^$bad:7:[0-9]+: error: id 1 " \
	"^$bad:8:[0-9]+: error: .*ordre" "^$bad:9:[0-9]+: error: .*page"

it "says of a head behind the events where it belongs, not that it is there \
twice"
bad=$tmp/bad.yaml
sed '1,2d' "$good_workload" >"$bad"
printf 'kmemsim: workload\nversion: 1\n' >>"$bad"
run_workload
stderr_has "^$bad:[0-9]+:[0-9]+: error: .*\"kmemsim\" is missing" \
	"^$bad:5:1: error: \"kmemsim\" must come before \"events\"" \
	"^$bad:6:1: error: \"version\" must come before \"events\""
holds "it is there once" not grep -q twice "$tmp/stderr"

it "does not take a file for valid because the run stops above its mistake"
events '{t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_KERNEL}' \
	'{t: 5us, op: free_pages, id: 1}' \
	'{t: 6us, op: alloc_pages, id: 2, ordre: 0, gfp: GFP_KERNEL}'
run "$KMEMSIM" run -c "$good_config" -w "$bad" -o "$tmp/bad.db" --until 1us
refused

it "takes the failure of an allocation for a result, not an error"
events '{t: 0, op: alloc_pages, id: 1, order: 10, gfp: GFP_NOWAIT}' \
	'{t: 1, op: alloc_pages, id: 2, order: 11, gfp: GFP_KERNEL}'
run "$KMEMSIM" run -c "$good_config" -w "$bad"
exits_with 0

# ---- files that are hardly files --------------------------------------------

# both: $bad is refused as a config and as a workload.
both() {
	run_config
	run_workload
}

it "takes a cache that could not be made for a result, and what follows, too"
a_microsecond_each 'kmem_cache_create, cache: c, size: 8MiB' \
	'kmem_cache_alloc, id: 1, cache: c, gfp: GFP_KERNEL' \
	'kmem_cache_free, id: 1' 'kmem_cache_shrink, cache: c' \
	'mempool_create, pool: p, cache: c, min_nr: 1' \
	'kmem_cache_destroy, cache: c' \
	'kmem_cache_create, cache: c, size: 1KiB' \
	'kmem_cache_alloc, id: 1, cache: c, gfp: GFP_KERNEL' >"$tmp/huge.yaml"
run "$KMEMSIM" run -c "$good_config" -w "$tmp/huge.yaml" -o "$tmp/huge.db" \
	--log-ops all
exits_with 0
same "$(sqlite3 "$tmp/huge.db" "SELECT group_concat(coalesce(ok, '-'), ' ')
	FROM (SELECT ok FROM op_log ORDER BY seq)")" \
	"0 0 - - 0 - 1 1" "what came of each"

it "knows what a file was meant to be that it can not check"
sed "s/: config/: confg/" "$good_config" >"$tmp/meant.yaml"
run "$KMEMSIM" check "$tmp/meant.yaml"
exits_with 3
stderr_has "^$tmp/meant.yaml:1:10: error: .*confg.*; did you \
mean .config.\? allowed: config, workload or sweep$"

it "refuses an empty file"
bad=$tmp/empty.yaml
: >"$bad"
both
stderr_has "$bad"

it "says what a file is that is no workload, and nothing of its keys"
run "$KMEMSIM" run -c "$good_config" -w "$good_config"
exits_with 3
same "$(sed 's/.*error: //' "$tmp/stderr")" \
	'a workload belongs here, and this is "kmemsim: config"' "what is said"

it "refuses a directory"
for format in ftrace perf dmesg page_owner proc; do
	run "$KMEMSIM" import $format "$tmp" -o "$tmp/never.yaml"
	exits_with 3
	stderr_has "^$tmp:1:1: error: this is a directory"
done
run "$KMEMSIM" verify "$tmp/nowhere"
exits_with 3
stderr_has "^$tmp/nowhere:1:1: error: no recording's folder: No such"
bad=$tmp/folder.yaml
mkdir "$bad"
both
stderr_has "$bad"

it "names a line and a column of what is imported, whatever is wrong with it"
printf 'garbage\n' >"$tmp/garbage"
: >"$tmp/nothing"
for format in ftrace perf dmesg page_owner proc; do
	for bad in "$tmp/garbage" "$tmp/nothing" "$tmp/nowhere"; do
		run "$KMEMSIM" import $format "$bad" -o "$tmp/never.yaml"
		exits_with 3
		stderr_has "^$bad:1:1: error: "
		is_gone "$tmp/never.yaml"
	done
done
run "$KMEMSIM" import proc tests/fixtures/proc/slabinfo-* -o "$tmp/never.yaml"
exits_with 3
stderr_has ':1:1: error: '

it "refuses a file that is not there"
bad=$tmp/nowhere.yaml
run "$KMEMSIM" run -c "$bad" -w "$good_workload" -o "$tmp/bad.db"
[ "$status" -eq 1 ] || [ "$status" -eq 3 ] || fail "exit status $status"
stderr_has "$bad"
is_gone "$tmp/bad.db"

it "refuses a database that is not there, or a folder in its place"
for bad in "$tmp/nowhere.db" "$tmp"; do
	for words in "show $bad buddyinfo" "compare $bad $tmp/good.db" \
		"plot $bad --what extfrag -o $tmp/bad.svg"; do
		# shellcheck disable=SC2086 # words are words
		run "$KMEMSIM" $words
		exits_with 3
		stdout_is_empty
		stderr_has "^$bad: error: "
	done
done
is_gone "$tmp/bad.svg"

it "refuses a file that was cut off"
bad=$tmp/cut.yaml
printf 'kmemsim: workload\nversion: 1\nname: cut\nevents:\n%s' \
	'  - {t: 0, op: alloc_pages, id: 1, ord' >"$bad"
run_workload
stderr_has "^$bad:5:[0-9]+: error: "
printf 'kmemsim: config\nversion: 1\nname: cut\nnodes: [{id: 0, cp' >"$bad"
run_config
stderr_has "^$bad:4:[0-9]+: error: "

it "refuses NUL bytes"
bad=$tmp/nul.yaml
printf 'kmemsim: work\0load\nversion: 1\n' >"$bad"
both
stderr_has "^$bad:1:[0-9]+: error: "

it "refuses invalid UTF-8, and does not pass it on to the terminal"
bad=$tmp/utf8.yaml
printf 'kmemsim: work\xff\xfeload\nversion: 1\n' >"$bad"
both
stderr_has "^$bad:1:[0-9]+: error: "
holds "raw bytes on stderr" not grep -qP '\xff' "$tmp/stderr"

it "does not pass control characters on to the terminal"
events '{t: 0, op: "alloc\e[31m", id: 1, order: 0, gfp: GFP_KERNEL}'
run_workload
holds "an escape character on stderr" not grep -q $'\e' "$tmp/stderr"

it "refuses nesting that has no end"
bad=$tmp/nested.yaml
{
	printf 'kmemsim: config\nversion: 1\nnodes: '
	head -c 200000 /dev/zero | tr '\0' '['
} >"$bad"
both

it "refuses aliases that multiply"
bad=$tmp/bomb.yaml
{
	printf 'kmemsim: workload\nversion: 1\n'
	printf 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n'
	for ((i = 1; i < 12; i++)); do
		p="*a$((i - 1))"
		printf 'a%d: &a%d [%s, %s, %s, %s, %s, %s, %s, %s]\n' "$i" \
			"$i" "$p" "$p" "$p" "$p" "$p" "$p" "$p" "$p"
	done
	printf 'events: *a11\n'
} >"$bad"
both

it "refuses a line of 1 GB in bounded memory"
bad=$tmp/long.yaml
{
	printf 'kmemsim: workload\nversion: 1\nname: '
	head -c 1000000000 /dev/zero | tr '\0' 'x'
} >"$bad"
# A sanitizer's own memory is past all bounds.
limit=1000000
case $BUILD in *sanitize*) limit=unlimited ;; esac
run bash -c 'ulimit -v "$1"; shift; exec "$@"' limit "$limit" \
	"$KMEMSIM" run -c "$good_config" -w "$bad" -o "$tmp/bad.db"
refused

it "says what a time between samples is where it has no unit"
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml \
	-w workloads/nic-order-4.yaml --sample-every 100000
exits_with 0
stderr_has '^note: --sample-every 100000: without a unit these are ns'
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml \
	-w workloads/nic-order-4.yaml --sample-every 100us
exits_with 0
stderr_is_empty
run "$KMEMSIM" run -c configs/examples/tiny-32m.yaml \
	-w workloads/nic-order-4.yaml --until 5
stderr_has '^note: --until 5: without a unit these are ns; 5us'

it "says where a config and a workload belong that are given without -c and -w"
for verb in run step; do
	run "$KMEMSIM" $verb "$good_config" "$good_workload"
	exits_with 2
	stderr_has '"[^"]*" is no option.s value: -c takes a config'
done

it "tells a file's errors from its first line to its last"
cat >"$tmp/order.yaml" <<END
kmemsim: config
version: 1
nodez: 3
sysctl: {min_free_kbytes: x, foo: 2, watermark_scale_factor: [1]}
nodes:
  - id: 0
    cpus: 0
    zones: [{type: DMA, size: y}, {type: Fnord, size: 3}]
grouping_by_mobility: maybe
END
run "$KMEMSIM" check "$tmp/order.yaml"
exits_with 3
cut -d : -f 2,3 "$tmp/stderr" >"$tmp/places"
holds "$(wc -l <"$tmp/places") errors" [ "$(wc -l <"$tmp/places")" -ge 8 ]
holds "in this order: $(paste -s "$tmp/places")" \
	sort -c -t : -k 1,1n -k 2,2n "$tmp/places"

it "tells what may stand in a place in a line or two, and where there is more"
events '{t: 0, op: frobnicate}' \
	'{t: 0, op: alloc_pages, id: 1, order: 1-10, gfp: XYZZY, frob: 3}' \
	'{t: 0, op: alloc_pages, id: 2, order: 1..3, gfp: GFP_KERNEL}' \
	'{t: 0, op: alloc_pages, id: 3, order: 1.5, gfp: GFP_KERNEL}'
run "$KMEMSIM" check "$bad"
exits_with 3
# shellcheck disable=SC2016
stderr_has 'op: "frobnicate" is not known; allowed: alloc_.*kmemsim list ops' \
	'gfp: "XYZZY" is not a GFP flag, as .*: `kmemsim list flags`' \
	'unknown key "frob"; allowed: t, op, .*, … \([0-9]+ in all: ' \
	'order: "1-10" is not a whole .* 0 to 15; one number belongs here' \
	'order: "1..3" is not a whole .* 0 to 15; one number belongs here'
stderr_has 'order: "1.5" is not a whole .* 0 to 15$'
config 's/name: small/&\nsysctl: {min_free_kbytes: 512-1024, foo: 1}/'
run "$KMEMSIM" check "$bad"
exits_with 3
stderr_has 'min_free_kbytes: "512-1024" .*; an axis of a sweep takes a list' \
	'unknown key "foo"; allowed: min_free_kbytes, .*docs/config.md'
awk '{ sub(/^.*error: /, "") } length > 300 { exit 1 }' "$tmp/stderr" ||
	fail "a line that runs on"

it "quotes in one way"
run grep -rnE "error_input|usage_error|error_host" -A 3 --include=*.c \
	cli configs models results sim workloads
grep -E "\"[^\"]*'%[^ ']*s'" "$tmp/stdout" | grep -vE "time_unit|printf\('" \
	>"$tmp/quoted"
same "$(cat "$tmp/quoted")" "" "messages with quotes of another kind"

it "names a file whose name is empty, as a script's unset variable is"
run "$KMEMSIM" run -c "" -w "$good_workload"
exits_with 3
stderr_has '^"":1:1: error: can.t be opened'

it "says how large a zone may be in a unit that can be written there"
sed 's/size: 240MiB/size: 64TiB/; s/DMA32/Normal/' "$good_config" \
	>"$tmp/big.yaml"
run "$KMEMSIM" check "$tmp/big.yaml"
exits_with 3
stderr_has 'size: "64TiB" is out of range; allowed: up to 17112760320KiB '

done_testing
