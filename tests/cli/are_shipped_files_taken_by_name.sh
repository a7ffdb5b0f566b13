#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Will the name of a config or workload that comes with kmemsim do for a path,
# wherever one is taken?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
cd "$tmp" || exit 1

# digest_of CONFIG WORKLOAD
digest_of() {
	"$KMEMSIM" run -c "$1" -w "$2" --json | jq -r .digest
}
root=$KMEMSIM_DATA
wanted=$(digest_of "$root/configs/examples/tiny-32m.yaml" \
	"$root/workloads/nic-order-4.yaml")

it "takes names as list prints them, and without what they end with"
for names in "tiny-32m.yaml nic-order-4.yaml" "tiny-32m nic-order-4"; do
	# shellcheck disable=SC2086
	same "$(digest_of $names)" "$wanted" "the digest of $names"
done
run "$KMEMSIM" list configs
stdout_has '^tiny-32m.yaml '
run "$KMEMSIM" check tiny-32m nic-order-4
exits_with 0
run "$KMEMSIM" compare -c tiny-32m -c pc-256m -w nic-order-4
exits_with 0
stdout_has '^A  tiny-32m-nic-order-4.db: ' '^B  pc-256m-nic-order-4.db: '
run "$KMEMSIM" step -c tiny-32m -w nic-order-4 --at 1 --print
exits_with 0

it "finds them again from the database"
run "$KMEMSIM" run -c tiny-32m -w nic-order-4 -o run.db
run "$KMEMSIM" explain run.db
exits_with 0
run "$KMEMSIM" explain run.db -c tiny-32m -w nic-order-4
exits_with 0

it "takes them in sweeps, where no such file lies beside"
cat >sweep.yaml <<END
kmemsim: sweep
version: 1
config: [tiny-32m, pc-256m.yaml]
workload: nic-order-4
END
run "$KMEMSIM" sweep sweep.yaml -o swept
exits_with 0
same "$(echo swept/*.db)" "swept/pc-256m.db swept/tiny-32m.db" "the databases"

it "prefers a file that is there, and what is a path is no name"
{
	cd "$root" && small_machine
} >tiny-32m
cd "$tmp" || exit 1
run "$KMEMSIM" run -c tiny-32m -w nic-order-4
stdout_has 'nic-order-4 on small'
run "$KMEMSIM" run -c ./tiny-32m.yaml -w nic-order-4
exits_with 3
stderr_has '^./tiny-32m.yaml:1:1: error: can.t be opened: No such file [a-z ]*$'

it "says that a file of one's own needs all of its name"
cp tiny-32m mine.yaml
run "$KMEMSIM" run -c mine -w nic-order-4
exits_with 3
stderr_has '^mine:1:1: error: .* did you mean "mine.yaml", which is here\?'

it "names the nearest one, and says what a profile is"
run "$KMEMSIM" run -c pc-256n -w nic-order-4 -o none.db
exits_with 3
stderr_has '^pc-256n:1:1: error: .* did you mean "pc-256m", which comes with'
run "$KMEMSIM" run -c pc-256m -w nic-order4.yaml -o none.db
exits_with 3
stderr_has '^nic-order4.yaml:1:1: error: .* did you mean "nic-order-4"'
run "$KMEMSIM" run -c linux-6.1-x86_64 -w nic-order-4 -o none.db
exits_with 3
stderr_has 'configs/linux-6.1-x86_64.yaml:[0-9:]* error: .*a config names it'
run "$KMEMSIM" run -c nowhere-at-all.yaml -w nic-order-4 -o none.db
exits_with 3
stderr_has '^nowhere-at-all.yaml:1:1: error: [^;]*$'
holds "a database is left" [ ! -e none.db ]

done_testing
