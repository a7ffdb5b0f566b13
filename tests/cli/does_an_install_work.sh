#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does an installed copy work without the tree that it was built in, and does
# uninstalling leave nothing behind?

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
unset KMEMSIM_DATA

# What was built is what gets installed: no rebuild in the middle of a test.
install_make() {
	run env -u MAKEFLAGS make --no-print-directory \
		-o "$BUILD/kmemsim" B="$BUILD" \
		prefix=/usr DESTDIR="$tmp/root" "$@"
}

small_machine >"$tmp/machine.yaml"
cat >"$tmp/ring.yaml" <<END
kmemsim: workload
version: 1
name: ring
events:
  - {t: 0, op: alloc_pages, id: 1, order: 3, gfp: GFP_KERNEL}
  - {t: 1ms, op: sample, label: end}
END

it "installs below DESTDIR and prefix, and nowhere else"
install_make install
exits_with 0
exists "$tmp/root/usr/bin/kmemsim"
exists "$tmp/root/usr/share/kmemsim/configs/linux-6.1-x86_64.yaml"
exists "$tmp/root/usr/share/man/man1/kmemsim-run.1"
exists "$tmp/root/usr/share/man/man5/kmemsim-db.5"
same "$(cd "$tmp/root" && echo * usr/*)" "usr usr/bin usr/share" "all of it"

# Moved, so that neither the prefix that it was built for nor the way to the
# source tree can help it.
mkdir "$tmp/elsewhere"
mv "$tmp/root/usr" "$tmp/elsewhere/moved"
installed=$tmp/elsewhere/moved/bin/kmemsim

it "runs, wherever it has been moved to and whatever the current folder"
run env -C / "$installed" run -c "$tmp/machine.yaml" -w "$tmp/ring.yaml" \
	-o "$tmp/ring.db"
exits_with 0
exists "$tmp/ring.db"

it "draws, with the scripts that were installed"
run env -C / "$installed" plot "$tmp/ring.db" --what fragmentation \
	-o "$tmp/ring.svg"
exits_with 0
exists "$tmp/ring.svg"

it "finds its data through a symbolic link to the binary"
ln -s "$installed" "$tmp/kmemsim"
run env -C / "$tmp/kmemsim" check "$tmp/machine.yaml"
exits_with 0

it "names the profile and where it looked when its data is gone"
mv "$tmp/elsewhere/moved/share" "$tmp/elsewhere/gone"
run env -C / "$installed" check "$tmp/machine.yaml"
exits_with 3
stderr_has 'linux-6\.1-x86_64'
mv "$tmp/elsewhere/gone" "$tmp/elsewhere/moved/share"

it "takes its data from KMEMSIM_DATA first"
run env -C / KMEMSIM_DATA="$tmp/nowhere" "$installed" check \
	"$tmp/machine.yaml"
exits_with 3

it "does not mention the folder that it was built in"
# With a sanitizer or -g, the compiler itself writes the folder down.
case $BUILD in
build)
	cp "$installed" "$tmp/stripped"
	strip "$tmp/stripped"
	holds "$PWD is in the binary" not grep -qF "$PWD" "$tmp/stripped"
	;;
*) skip "a debugging build" ;;
esac

it "leaves nothing behind when it is uninstalled"
mv "$tmp/elsewhere/moved" "$tmp/root/usr"
install_make uninstall
exits_with 0
same "$(find "$tmp/root" -type f)" "" "what is left"

done_testing
