# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the shell suites share. A suite sources this, then states its tests one
# after another and ends with `done_testing`:
#
#	it "refuses a verb that it does not know"
#	run "$KMEMSIM" frobnicate
#	exits_with 2
#	stderr_has frobnicate
#
# A test passes when every expectation after its `it` held, and there was one;
# `run` may be used more than once. $tmp is an empty folder that is gone when
# the suite ends. Output is TAP. The suites are run from the root of the tree.

set -u
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
: "${BUILD:=build}"
: "${KMEMSIM:=$PWD/$BUILD/kmemsim}"
export KMEMSIM BUILD

tmp=$(mktemp -d) || exit 1
trap 'chmod -R u+rwX "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
touch "$tmp/stdout" "$tmp/stderr"

test_number=0
test_name=
test_skip=
test_problems=()
test_expects=0 # how often something was
command_line=
failed_tests=0

end_test() {
	local problem verdict=ok
	[ -n "$test_name" ] || return 0
	# Such as one whose loop had nothing to go through.
	[ -n "$test_skip" ] || [ $test_expects -gt 0 ] ||
		fail "this test expects nothing"
	if [ ${#test_problems[@]} -gt 0 ]; then
		verdict="not ok"
		failed_tests=$((failed_tests + 1))
	fi
	verdict="$verdict $test_number - $test_name"
	echo "$verdict${test_skip:+ # SKIP $test_skip}"
	for problem in "${test_problems[@]}"; do
		printf '%s\n' "$problem" | sed 's/^/#   /'
	done
	test_name=
}

# it WHAT: starts a test; says what is expected, as a sentence.
it() {
	end_test
	test_number=$((test_number + 1))
	test_name=$1
	test_skip=
	test_problems=()
	test_expects=0
	command_line=
}

# skip WHY: the test cannot be run here; for things that the host lacks only.
skip() {
	test_skip=$1
}

# fail WHY: an expectation of the suite's own did not hold.
fail() {
	test_expects=$((test_expects + 1))
	test_problems+=("$1")
	if [ -n "$command_line" ]; then
		test_problems+=("$(context)")
		command_line=
	fi
}

# run COMMAND…: keeps its status, stdout and stderr for what follows. Give it
# an input with <FILE; otherwise it reads nothing.
run() {
	if [ "$1" = "$KMEMSIM" ] && [ ! -x "$1" ]; then
		echo "Bail out! There is no $KMEMSIM: run make first"
		exit 1
	fi
	if [ -t 0 ]; then
		"$@" <"/dev/null" >"$tmp/stdout" 2>"$tmp/stderr"
	else
		"$@" >"$tmp/stdout" 2>"$tmp/stderr"
	fi
	status=$?
	# Stacks that take turns are announced to it, and it warns all the same.
	sed -i "/ASan doesn't fully support makecontext/d" "$tmp/stderr"
	command_line="$*"
}

# What the last command said, cut to what a reader can use.
context() {
	printf 'after: %s\n' "$command_line"
	head -n 20 "$tmp/stdout" | cut -c 1-200 | sed 's/^/stdout: /'
	head -n 20 "$tmp/stderr" | cut -c 1-200 | sed 's/^/stderr: /'
}

# holds WHY COMMAND…: the command succeeds; WHY says what is wrong where not.
# With `not` before the command, it fails.
holds() {
	local why=$1 wanted=0 got=1
	shift
	test_expects=$((test_expects + 1))
	[ "$1" != not ] || { wanted=1 && shift; }
	"$@" && got=0
	[ $got -eq $wanted ] || fail "$why"
}

exits_with() {
	holds "expected exit status $1, got $status" [ "$status" -eq "$1" ]
}

# {stdout,stderr}_has REGEX…: each is found somewhere in it.
stdout_has() {
	output_has stdout "$@"
}

stderr_has() {
	output_has stderr "$@"
}

output_has() {
	local stream=$1 regex
	shift
	for regex; do
		test_expects=$((test_expects + 1))
		grep -qE -- "$regex" "$tmp/$stream" ||
			fail "expected $regex in $stream"
	done
}

stdout_is_empty() {
	holds "expected nothing on stdout" [ ! -s "$tmp/stdout" ]
}

stderr_is_empty() {
	holds "expected nothing on stderr" [ ! -s "$tmp/stderr" ]
}

# stdout_is TEXT: exactly, but for the last newline.
stdout_is() {
	holds "expected stdout to be: $1" [ "$(cat "$tmp/stdout")" = "$1" ]
}

# same ACTUAL EXPECTED WHAT
same() {
	holds "expected $3 to be '$2', got '$1'" [ "$1" = "$2" ]
}

# a_microsecond_each EVENT…: a workload of these, from 0 on, on stdout.
a_microsecond_each() {
	local t=0 event
	printf 'kmemsim: workload\nversion: 1\nname: w\nevents:\n'
	for event; do
		echo "  - {t: ${t}us, op: $event}"
		t=$((t + 1))
	done
}

# A config of a machine with 256 MiB and one CPU, on stdout.
small_machine() {
	cat <<END
kmemsim: config
version: 1
name: small
profile: linux-6.1-x86_64
nodes:
  - id: 0
    cpus: [0]
    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 240MiB}]
END
}

# A workload of single pages: when they are asked for, and how long they are
# kept, is drawn from the seed.
drawn_pages() {
	cat <<END
kmemsim: workload
version: 1
generators:
  - {name: g, op: alloc_pages, order: 0, gfp: GFP_KERNEL, until: 10ms,
     arrivals: {poisson: {rate: 20000}}, lifetime: {exponential: {mean: 1ms}}}
END
}

# command_of WORKLOAD: the `kmemsim run` command in its comment, without -o.
command_of() {
	awk '/^# +kmemsim run / { on = 1 }
		on { line = $0; sub(/^# +/, "", line)
			more = sub(/\\$/, "", line)
			printf "%s ", line
			if (!more) exit }' "$1" |
		sed "s/ -o [^ ]*//"
}

exists() {
	holds "expected a file with something in it: $1" [ -s "$1" ]
}

is_gone() {
	holds "expected no file: $1" [ ! -e "$1" ]
}

done_testing() {
	end_test
	echo "1..$test_number"
	[ "$failed_tests" -eq 0 ]
	exit
}
