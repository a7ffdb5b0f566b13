// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first filter that is seen gets the focus; what it says now, and the rows
 * that are seen.
 */
const filter = Array.from(document.querySelectorAll(".filter input")).find(
	(input) => input.checkVisibility());
const table = filter.closest(".filter").nextElementSibling
	.querySelector("table");

filter.focus();
return [filter.labels[0].textContent,
	filter.closest(".filter").querySelector("output").textContent,
	...Array.from(table.tBodies[0].rows).filter((row) => !row.hidden)
		.map((row) => row.cells[0].textContent)];
