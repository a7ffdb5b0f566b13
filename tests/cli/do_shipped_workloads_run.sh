#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does every shipped workload run with the very command that its own comment
# gives, and come to the same digest as ever?
#
# tests/cli/workload_digests.txt has a line a workload: its name and digest. A
# digest may change when a model learns something; then this says which.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
export KMEMSIM_DATA=$PWD
digests=$PWD/tests/cli/workload_digests.txt

for workload in workloads/*.yaml; do
	name=$(basename "$workload" .yaml)
	it "runs $name by its own instructions"
	read -r -a words <<<"$(command_of "$workload")"
	same "${words[*]:0:2}" "kmemsim run" "the comment's command"
	run "$KMEMSIM" "${words[@]:1}" --check
	exits_with 0
	same "$(awk '$1 == "digest" { print $2 }' "$tmp/stdout")" \
		"$(awk -v name="$name" '$1 == name { print $2 }' "$digests")" \
		"its digest"

	it "finds nothing wrong with $name"
	run "$KMEMSIM" check "$workload"
	exits_with 0
done

for config in configs/examples/*.yaml; do
	it "finds nothing wrong with $(basename "$config")"
	run "$KMEMSIM" check "$config"
	exits_with 0
done

done_testing
