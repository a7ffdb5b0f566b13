#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Can somebody who has only the binary find out how to use it?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

there=(run check compare sweep plot show report explain import pack unpack
	generate export verify calibrate step list completion)

it "says which verbs there are, on stdout, when asked for help"
run "$KMEMSIM" --help
exits_with 0
stderr_is_empty
for verb in "${there[@]}"; do
	stdout_has "\b$verb\b"
done

it "takes help for a verb, as other programs do"
run "$KMEMSIM" help
exits_with 0
same "$(cat "$tmp/stdout")" "$("$KMEMSIM" --help)" "help"
run "$KMEMSIM" help plot
exits_with 0
same "$(cat "$tmp/stdout")" "$("$KMEMSIM" plot --help)" "help of plot"
run "$KMEMSIM" help plto
exits_with 2
stderr_has "did you mean \"plot\""

it "says its version"
run "$KMEMSIM" --version
exits_with 0
stdout_has "$(sed 's/\./\\./g' VERSION)"
stderr_is_empty

it "takes no verb at all for wrong usage, and says so on stderr"
run "$KMEMSIM"
exits_with 2
stdout_is_empty
stderr_has 'kmemsim'

it "names the verb that it does not know, and the nearest one"
run "$KMEMSIM" verfy
exits_with 2
stdout_is_empty
stderr_has verfy 'verify'

for verb in "${there[@]}"; do
	it "explains '$verb' with an example, on stdout"
	run "$KMEMSIM" "$verb" --help
	exits_with 0
	stdout_has "kmemsim $verb" '[Ee]xample'
	stderr_is_empty

	it "refuses an option that '$verb' does not have"
	run "$KMEMSIM" "$verb" --no-such-option
	exits_with 2
	stdout_is_empty
	stderr_has 'no-such-option'

	it "refuses '$verb' without what it works on"
	run "$KMEMSIM" "$verb"
	exits_with 2
	stdout_is_empty
	stderr_has "$verb"
done

done_testing
