// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the page wider than its window, and what sticks out? What may be scrolled
 * by itself does not count.
 */
const root = document.documentElement;
const found = [];

if (root.scrollWidth > root.clientWidth) {
	found.push(`the page is ${root.scrollWidth} wide in a window of ` +
		root.clientWidth);
	for (const element of document.body.querySelectorAll("*")) {
		const right = element.getBoundingClientRect().right;

		if (right > root.clientWidth + 1 &&
		    !element.closest(".table, .picture, pre, .skip"))
			found.push(`${element.tagName} ${element.className} ` +
				`reaches to ${right}`);
	}
}
return found;
