#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/check-deps.sh [ROOT]: do the includes under ROOT (default: this
# tree) keep the layers? Dependencies point one way:
#
#	sim/base   <- nothing
#	models     <- sim/base
#	sim        <- models, sim/base
#	configs    <- models, sim/base, libyaml
#	workloads  <- sim, models, sim/base, configs/yaml/yaml_stream.h,
#	              libyaml, libtracecmd
#	results    <- sim, models, sim/base, SQLite
#	cli        <- everything, ncurses
#
# models/ also knows nothing of time, threads or files, so it may include few
# of the system's headers. Prints TAP, a test a layer, and each include that
# breaks a rule as FILE:LINE.

set -u
cd "${1:-$(dirname "$0")/..}" || exit 1

# What a layer may include of ours: a regular expression for each.
declare -A ours=(
	[sim/base]='sim/base/[^/]+\.h'
	[models]='(sim/base|models)/.+\.h'
	[sim]='(sim|models)/.+\.h'
	[configs]='(configs|models|sim/base)/.+\.h'
	[workloads]='((workloads|sim|models)/.+|configs/yaml/yaml_stream)\.h'
	[results]='((results|sim|models)/.+|embedded/.+)\.h'
	[cli]='.+\.h'
)

# What a layer may not include of the system's and of libraries'.
thread_headers='pthread\.h|threads\.h|semaphore\.h'
time_headers='time\.h|sys/time\.h|sys/times\.h|sys/timerfd\.h|sys/timex\.h'
file_headers='fcntl\.h|unistd\.h|dirent\.h|ftw\.h|glob\.h|poll\.h|spawn\.h'
file_headers+='|sys/.*|signal\.h|locale\.h'
yaml='yaml\.h'
sqlite='sqlite3.*\.h'
packers='zstd.*\.h'
terminals='(curses|ncurses.*|term|termios)\.h'
tracers='(trace-cmd|tracefs|event-parse|trace-seq)\.h'
declare -A foreign=(
	[sim/base]="$yaml|$sqlite|$packers|$tracers|$terminals"
	[models]="$yaml|$sqlite|$packers|$tracers|$time_headers|$file_headers"
	[sim]="$yaml|$sqlite|$packers|$tracers|$time_headers|$terminals"
	[configs]="$sqlite|$tracers|$terminals"
	[workloads]="$sqlite|$terminals"
	[results]="$yaml|$tracers|$terminals"
	[cli]="$yaml|$sqlite|$tracers"
)
foreign[models]+="|$thread_headers|$terminals"

files_of() {
	case $1 in
	sim) find sim -path sim/base -prune -o -name '*.[ch]' -print ;;
	*) find "$1" -name '*.[ch]' ;;
	esac 2>/dev/null | sort
}

# The includes of a layer: FILE:LINE:"name" or FILE:LINE:<name>.
includes_of() {
	local -a files
	mapfile -t files < <(files_of "$1")
	[ ${#files[@]} -gt 0 ] || return 0
	grep -nHE '^[[:space:]]*#[[:space:]]*include\b' "${files[@]}" |
		sed -E 's/^([^:]+:[0-9]+):[ \t]*#[ \t]*include[ \t]*/\1:/
			s/^([^:]*:[0-9]+:["<][^">]*[">]).*/\1/'
}

broken_rules_of() {
	local layer=$1 include place name breach
	while IFS= read -r include; do
		place=${include%:*}
		name=${include##*:}
		breach="# $place: $layer may not include"
		case $name in
		'"'*'"')
			name=${name//\"/}
			[[ $name =~ ^(${ours[$layer]})$ ]] ||
				echo "$breach \"$name\""
			;;
		'<'*'>')
			name=${name//[<>]/}
			[[ $name =~ ^(${foreign[$layer]})$ ]] &&
				echo "$breach <$name>"
			;;
		*) echo "# $place: an include that cannot be checked: $name" ;;
		esac
	done < <(includes_of "$layer")
}

layers=(sim/base models sim configs workloads results cli)
echo "1..${#layers[@]}"
failed=0
number=0
for layer in "${layers[@]}"; do
	number=$((number + 1))
	broken=$(broken_rules_of "$layer")
	if [ -z "$broken" ]; then
		echo "ok $number - $layer includes only what it may"
	else
		failed=1
		echo "not ok $number - $layer includes only what it may"
		printf '%s\n' "$broken"
	fi
done
exit $failed
