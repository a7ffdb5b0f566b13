# SPDX-License-Identifier: GPL-2.0-only
# Completes the words of `kmemsim` in bash: the program knows them.

_kmemsim() {
	local word=${COMP_WORDS[COMP_CWORD]} line

	COMPREPLY=()
	while IFS= read -r line; do
		if [ "$line" = :files ]; then
			compopt -o filenames 2>/dev/null
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY \
				< <(compgen -f -- "$word")
		else
			COMPREPLY+=("$line")
		fi
	done < <("$1" completion words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kmemsim kmemsim
