#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Is a workload the same in either form, for every verb that takes one, and
# what becomes of a packed file that is damaged?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
config=configs/examples/pc-256m.yaml

# The options of `kmemsim run` in a workload's comment but for -w and -o.
options_of() {
	awk '/^# +kmemsim run / { on = 1 }
		on { line = $0; sub(/^# +/, "", line)
			more = sub(/\\$/, "", line)
			printf "%s ", line
			if (!more) exit }' "$1" |
		sed 's/kmemsim run//; s/ -[ow] [^ ]*//g'
}

# digest_of OPTIONS… WORKLOAD
digest_of() {
	run "$KMEMSIM" run "${@:1:$#-1}" -w "${!#}"
	exits_with 0
	awk '$1 == "digest" { print $2 }' "$tmp/stdout"
}

for workload in workloads/*.yaml; do
	name=$(basename "$workload" .yaml)
	read -r -a options <<<"$(options_of "$workload")"
	# What generators draw has no line of its own to go back to.
	if grep -q '^generators:' "$workload"; then
		"$KMEMSIM" generate "$workload" -o "$tmp/$name.yaml"
		workload=$tmp/$name.yaml
	fi

	it "runs $name in either form to the same digest"
	run "$KMEMSIM" pack "$workload" -o "$tmp/w.kmt"
	exits_with 0
	stdout_is_empty
	stderr_is_empty
	digest=$(digest_of "${options[@]}" "$workload")
	same "$(digest_of "${options[@]}" "$tmp/w.kmt")" "$digest" \
		"the packed one's digest"

	it "unpacks $name to what runs, and packs, the same"
	run "$KMEMSIM" unpack "$tmp/w.kmt" -o "$tmp/w.yaml"
	exits_with 0
	stderr_is_empty
	same "$(digest_of "${options[@]}" "$tmp/w.yaml")" "$digest" \
		"the unpacked one's digest"
	run "$KMEMSIM" pack "$tmp/w.yaml" -o "$tmp/again.kmt"
	exits_with 0
	holds "the bytes are others" cmp "$tmp/w.kmt" "$tmp/again.kmt"
done

workload=workloads/nic-order-4.yaml
packed=$tmp/nic.dat
"$KMEMSIM" pack "$workload" -o "$packed"

it "knows a packed file by its bytes, from a pipe as well"
cp "$packed" "$tmp/copy"
run "$KMEMSIM" check "$packed" - <"$tmp/copy"
exits_with 0
stdout_has "^$packed: fine" '^<stdin>: fine'
run bash -c 'cat "$1" | "$KMEMSIM" check -' bash "$packed"
exits_with 0
stdout_has '^<stdin>: fine'
run bash -c '"$KMEMSIM" check <(cat "$1")' bash "$packed"
exits_with 0
run bash -c 'cat "$1" | "$KMEMSIM" run -c "$2" -w -' bash "$packed" "$config"
exits_with 0

mkfifo "$tmp/pipe"
cat "$packed" >"$tmp/pipe" &
run "$KMEMSIM" run -c "$config" -w "$tmp/pipe"
wait
exits_with 0

it "still takes YAML from pipes"
run bash -c 'cat "$1" | "$KMEMSIM" run -c "$2" -w -' bash "$workload" "$config"
exits_with 0
run bash -c '"$KMEMSIM" run -c "$2" -w <(cat "$1")' bash "$workload" "$config"
exits_with 0

it "packs and unpacks through pipes"
run bash -c '"$KMEMSIM" pack - -o - <"$1" | "$KMEMSIM" unpack - -o -' \
	bash "$workload"
exits_with 0
stdout_has '^kmemsim: workload' 'from: "?<stdin>'

it "compares runs of either form"
run "$KMEMSIM" compare -c "$config" -c configs/examples/two-nodes.yaml \
	-w "$packed"
exits_with 0
sed "s/nic.dat/X/g; s/nic/X/g" "$tmp/stdout" >"$tmp/of-packed"
holds "there is no table" [ -s "$tmp/of-packed" ]

it "verifies a recording whose workload is packed"
mkdir "$tmp/case"
cp -r build/recordings/g1-order0/. "$tmp/case"
run "$KMEMSIM" verify build/recordings/g1-order0
exits_with 0
sed 's/^[^ ]* *//' "$tmp/stdout" >"$tmp/of-yaml"
if [ -f "$tmp/case/workload.yaml" ]; then
	"$KMEMSIM" pack build/recordings/g1-order0/workload.yaml \
		-o "$tmp/case/workload.yaml"
fi
run "$KMEMSIM" verify "$tmp/case"
exits_with 0
sed 's/^[^ ]* *//' "$tmp/stdout" >"$tmp/of-packed"
holds "the verdict is another" cmp "$tmp/of-yaml" "$tmp/of-packed"

it "names the line of the file that an event was packed from"
a_microsecond_each "kmalloc, id: 1, size: 8, gfp: GFP_KERNEL" \
	"kfree, id: 2" >"$tmp/bad.yaml"
run "$KMEMSIM" pack "$tmp/bad.yaml" -o "$tmp/bad.kmt"
exits_with 0
run "$KMEMSIM" run -c "$config" -w "$tmp/bad.kmt" -o "$tmp/run.db"
exits_with 3
stderr_has "^$tmp/bad.yaml:6:5: error: "
is_gone "$tmp/run.db"

it "refuses a damaged file, names block and byte, and leaves nothing"
cp "$packed" "$tmp/damaged.kmt"
printf '\377' | dd of="$tmp/damaged.kmt" bs=1 seek=200 conv=notrunc 2>/dev/null
for verb in "run -c $config -w" check; do
	read -r -a words <<<"$verb"
	run "$KMEMSIM" "${words[@]}" "$tmp/damaged.kmt"
	exits_with 3
	stderr_has "^$tmp/damaged.kmt:1:1: error: block 1, at byte [0-9]+: "
done
run "$KMEMSIM" run -c "$config" -w "$tmp/damaged.kmt" -o "$tmp/run.db"
exits_with 3
is_gone "$tmp/run.db"
run "$KMEMSIM" unpack "$tmp/damaged.kmt" -o "$tmp/out.yaml"
exits_with 3
holds "something is left" [ -z "$(compgen -G "$tmp/out.yaml*")" ]

it "says where a file was cut off, from a pipe as well"
head -c 300 "$packed" >"$tmp/short.kmt"
run "$KMEMSIM" check "$tmp/short.kmt"
exits_with 3
stderr_has "^$tmp/short.kmt:1:1: error: .*at byte 300: it is cut off"
run bash -c 'cat "$1" | "$KMEMSIM" check -' bash "$tmp/short.kmt"
exits_with 3
stderr_has '^<stdin>:1:1: error: .*cut off'
head -c 5 "$packed" >"$tmp/short.kmt"
run "$KMEMSIM" check "$tmp/short.kmt"
exits_with 3
stderr_has 'cut off'

it "refuses a version that is newer than itself"
cp "$packed" "$tmp/newer.kmt"
printf '\003' | dd of="$tmp/newer.kmt" bs=1 seek=8 conv=notrunc 2>/dev/null
run "$KMEMSIM" check "$tmp/newer.kmt"
exits_with 3
stderr_has "newer.kmt:1:1: error: .*version 3 .* up to version 2"

it "packs nothing of a workload with an error"
sed 's/kfree/kfrei/' "$tmp/bad.yaml" >"$tmp/worse.yaml"
run "$KMEMSIM" pack "$tmp/worse.yaml" -o "$tmp/worse.kmt"
exits_with 3
stderr_has "^$tmp/worse.yaml:6:[0-9]+: error: .*kfree"
holds "something is left" [ -z "$(compgen -G "$tmp/worse.kmt*")" ]

it "says that a full disk is full"
run "$KMEMSIM" pack "$workload" -o /dev/full
exits_with 1
stderr_has 'No space left'
run "$KMEMSIM" unpack "$packed" -o /dev/full
exits_with 1
stderr_has 'No space left'

it "does not write over what it reads"
run "$KMEMSIM" unpack "$packed" -o "$packed"
exits_with 2
stderr_has 'written over'

done_testing
