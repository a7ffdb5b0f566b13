#compdef kmemsim
# SPDX-License-Identifier: GPL-2.0-only
# Completes the words of `kmemsim` in zsh: the program knows them.

_kmemsim() {
	local -a offered names
	offered=(${(f)"$($words[1] completion words "${(@)words[2,CURRENT]}" 2>/dev/null)"})
	names=(${offered:#:files})
	(( $#names )) && compadd -- $names
	if (( ${offered[(I):files]} )); then
		_files
	fi
}

if [ "$funcstack[1]" = _kmemsim ]; then
	_kmemsim "$@"
else
	compdef _kmemsim kmemsim
fi
