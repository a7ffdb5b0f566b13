# SPDX-License-Identifier: GPL-2.0-only
# Completes the words of `kmemsim` in fish: the program knows them.

function __kmemsim_offer
	set -l words (commandline -opc) (commandline -ct)
	for line in ($words[1] completion words $words[2..-1] 2>/dev/null)
		if test "$line" = :files
			__fish_complete_path (commandline -ct)
		else
			echo $line
		end
	end
end
complete -c kmemsim -f -a '(__kmemsim_offer)'
