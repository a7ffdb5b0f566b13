#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/install-deps.sh [GROUP…]: installs those packages of the groups that
# are missing, on Debian 12, as root or through sudo. Touches neither the
# network nor the package lists when nothing is missing.
#
# Groups: base (to build and test: the default), page (to test pages in a
# browser), lint, fuzz, mutation.

set -eu

packages_of() {
	case $1 in
	base)
		echo gcc libc6-dev make pkg-config libyaml-dev libsqlite3-dev \
			sqlite3 gnuplot-nox libzstd-dev libxxhash-dev \
			nettle-dev libtracecmd-dev libtracefs-dev \
			libtraceevent-dev libncurses-dev libcmocka-dev \
			xz-utils scdoc tmux
		;;
	page) echo chromium chromium-driver curl jq ;;
	lint) echo clang-format-14 cppcheck shellcheck ;;
	fuzz) echo clang libclang-rt-14-dev ;;
	mutation) echo python3 ;;
	*)
		echo "install-deps.sh: no group '$1': base, page, lint, fuzz" \
			"or mutation" >&2
		return 2
		;;
	esac
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
		installed ]
}

# A program or a library that is there without its package will do as well:
# gnuplot in another flavour, pkgconf in pkg-config's place, another system.
present() {
	case $1 in
	gnuplot-nox) command -v gnuplot ;;
	libc6-dev) echo '#include <stdio.h>' | cc -E - ;;
	xz-utils) command -v xz ;;
	libyaml-dev) pkg-config yaml-0.1 ;;
	libsqlite3-dev) pkg-config sqlite3 ;;
	libzstd-dev) pkg-config libzstd ;;
	libxxhash-dev) pkg-config libxxhash ;;
	nettle-dev) pkg-config nettle ;;
	libncurses-dev) pkg-config ncursesw ;;
	libtracecmd-dev) pkg-config libtracecmd ;;
	libtracefs-dev) pkg-config libtracefs ;;
	libtraceevent-dev) pkg-config libtraceevent ;;
	libcmocka-dev) pkg-config cmocka ;;
	chromium-driver) command -v chromedriver ;;
	libclang-rt-14-dev) false ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

give_up() {
	echo "install-deps.sh: $1" >&2
	echo "install-deps.sh: these packages are missing: ${missing[*]}" >&2
	exit 1
}

missing=()
for group in "${@:-base}"; do
	packages=$(packages_of "$group")
	for package in $packages; do
		installed "$package" || present "$package" ||
			missing+=("$package")
	done
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
	give_up "no apt-get here: please install them by other means"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null ||
		give_up "not root, and there is no sudo"
	as_root=(sudo)
fi
apt() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" \
		</dev/null
}

echo "installing ${missing[*]}" >&2
apt update >&2 || echo "install-deps.sh: the package lists may be old" >&2
apt install --no-install-recommends "${missing[@]}" >&2 ||
	give_up "apt-get could not install them; is there a network?"
