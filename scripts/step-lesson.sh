#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/step-lesson.sh <docs/step.md: the lesson with its screens made anew,
# on stdout. Behind a line `<!-- step OPTION… -->` the block that follows is
# what `kmemsim step` prints with these options; the rest is left as it is.
# After a change of the screen:
#
#	scripts/step-lesson.sh <docs/step.md >lesson && mv lesson docs/step.md
#
# Environment: KMEMSIM.

set -eu
cd "$(dirname "$0")/.."
: "${KMEMSIM:=build/kmemsim}"
export LC_ALL=C.UTF-8

inside=
while IFS= read -r line; do
	case $line in
	'<!-- step '*' -->')
		read -r -a options <<<"${line//<!-- step/}"
		unset 'options[-1]'
		inside=wanted
		;;
	'```'*)
		if [ "$inside" = wanted ]; then
			echo "$line"
			"$KMEMSIM" step -c configs/examples/classroom-32m.yaml \
				-w workloads/first-steps.yaml --print \
				"${options[@]}"
			inside=replaced
			continue
		fi
		inside=
		;;
	esac
	[ "$inside" = replaced ] || printf '%s\n' "$line"
done
