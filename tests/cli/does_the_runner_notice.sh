#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does the tests' runner notice each way in which a suite can fail?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

suite() {
	printf '#!/bin/bash\n%s\n' "$2" >"$tmp/$1.sh"
	chmod +x "$tmp/$1.sh"
}

last_line() {
	tail -n 1 "$tmp/stdout"
}

suite fine $'echo "ok 1 - a"\necho "ok 2 - b"\necho 1..2'
suite fails $'echo "ok 1 - a"\necho "not ok 2 - b"\necho "# why"\necho 1..2'
suite dies $'echo "ok 1 - a"\necho 1..1\nkill -SEGV $$'
suite short $'echo 1..3\necho "ok 1 - a"'
suite planless $'echo "ok 1 - a"'
suite silent 'exit 0'
suite skips_as_cmocka $'echo "not ok 1 # SKIP a"\necho 1..1'
suite skips $'echo "ok 1 - a # SKIP no such thing here"\necho 1..1'
suite vain ". $PWD/tests/cli/lib.sh"$'\nit a; same 1 1 one\nit b\ndone_testing'
suite hangs $'# suite-timeout: 1\necho "ok 1 - a"\necho 1..1\nexec sleep 60'

it "counts the tests of all suites, and succeeds where all passed"
run tests/run "$tmp/fine.sh" "$tmp/fine.sh"
exits_with 0
same "$(last_line)" "4 passed, 0 failed" "the last line"

it "says one line for a suite that passed"
run tests/run "$tmp/fine.sh"
same "$(wc -l <"$tmp/stdout")" 2 "the number of lines"

it "fails, and shows all of the output, where a test failed"
run tests/run "$tmp/fine.sh" "$tmp/fails.sh"
exits_with 1
stdout_has '# why' 'FAIL'
same "$(last_line)" "3 passed, 1 failed" "the last line"

it "counts a suite that was killed as one failure"
run tests/run "$tmp/dies.sh"
exits_with 1
same "$(last_line)" "1 passed, 1 failed" "the last line"

it "counts tests that were planned but not run as a failure"
run tests/run "$tmp/short.sh"
exits_with 1
same "$(last_line)" "1 passed, 1 failed" "the last line"

it "counts a suite without a plan as a failure: it may have stopped early"
run tests/run "$tmp/planless.sh"
exits_with 1
same "$(last_line)" "1 passed, 1 failed" "the last line"

it "counts a suite that says nothing as a failure"
run tests/run "$tmp/silent.sh"
exits_with 1
same "$(last_line)" "0 passed, 1 failed" "the last line"

it "does not take a skipped test for one that passed"
run tests/run "$tmp/fine.sh" "$tmp/skips.sh"
exits_with 0
same "$(last_line)" "2 passed, 0 failed" "the last line"

it "fails a test that expects nothing"
run tests/run "$tmp/vain.sh"
exits_with 1
stdout_has 'not ok 2 - b' 'expects nothing'
same "$(last_line)" "1 passed, 1 failed" "the last line"

it "stops a suite that takes too long, and says so"
run tests/run "$tmp/hangs.sh"
exits_with 1
stdout_has 'ran out of time'
same "$(last_line)" "1 passed, 1 failed" "the last line"

it "fails where a suite cannot be started"
run tests/run "$tmp/no-such-suite.sh"
exits_with 1
same "$(last_line)" "0 passed, 1 failed" "the last line"

it "fails where nothing was run"
run tests/run
exits_with 1
same "$(last_line)" "0 passed, 0 failed" "the last line"

done_testing
