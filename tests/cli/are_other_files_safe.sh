#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does nothing but the named output change, whatever the output is?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
zoneinfo=build/recordings/real-net/zoneinfo.before
machine=configs/examples/tiny-32m.yaml
workload=workloads/one-block-or-single-pages.yaml

# The whole command that writes zoneinfo's config somewhere.
import_to() {
	run "$KMEMSIM" import proc "$zoneinfo" -o "$1"
}

it "writes through a device instead of putting a file in its place"
mkfifo "$tmp/pipe"
cat "$tmp/pipe" >"$tmp/through" &
import_to "$tmp/pipe"
exits_with 0
wait
holds "the pipe is gone" [ -p "$tmp/pipe" ]
holds "nothing came through" grep -q 'kmemsim: config' "$tmp/through"

it "says that a full device is full, and leaves it a device"
import_to /dev/full
exits_with 1
stderr_has 'No space left on device'
holds "/dev/full is no device any more" [ -c /dev/full ]

it "follows a symbolic link and leaves it one"
echo old >"$tmp/target"
ln -s target "$tmp/link"
import_to "$tmp/link"
exits_with 0
holds "the link is gone" [ -L "$tmp/link" ]
holds "the target is as it was" grep -q 'kmemsim: config' "$tmp/target"

it "keeps the mode of a file that it replaces"
chmod 600 "$tmp/target"
import_to "$tmp/target"
exits_with 0
same "$(stat -c %a "$tmp/target")" 600 "its mode"

it "does not write over what it reads"
cp "$zoneinfo" "$tmp/zoneinfo"
run "$KMEMSIM" import proc "$tmp/zoneinfo" -o "$tmp/../${tmp##*/}/zoneinfo"
exits_with 2
stderr_has 'zoneinfo'
holds "the input has changed" cmp -s "$zoneinfo" "$tmp/zoneinfo"

it "leaves no part of an output behind when it fails"
echo "no zoneinfo" >"$tmp/broken"
run "$KMEMSIM" import proc "$tmp/broken" -o "$tmp/new.yaml"
exits_with 3
holds "$(compgen -G "$tmp/new*")" [ -z "$(compgen -G "$tmp/new.yaml*")" ]

it "takes a database's name for a name, whatever SQLite would make of it"
run env -C "$tmp" "$KMEMSIM" run -c "$PWD/$machine" -w "$PWD/$workload" \
	-o ":memory:"
exits_with 0
exists "$tmp/:memory:"
run "$KMEMSIM" run -c "$machine" -w "$workload" -o ""
exits_with 2
stderr_has 'empty'

it "draws into a regular file only"
run "$KMEMSIM" run -c "$machine" -w "$workload" -o "$tmp/run.db"
mkfifo "$tmp/picture.svg"
run "$KMEMSIM" plot "$tmp/run.db" --what fragmentation -o "$tmp/picture.svg"
holds "exit status 0" [ "$status" -ne 0 ]
holds "the pipe is gone" [ -p "$tmp/picture.svg" ]

done_testing
